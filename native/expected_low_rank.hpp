// What is expected of the missing entries m of a row, given those observed o, where few factors and noise
// make a component: with W = Psi^-1/2 Lambda, u = Psi^-1/2 (x - mu) and A = I + W_o^T W_o, the factors
// have mean t = A^-1 W_o^T u_o and covariance A^-1, and
//
//     distance = |u_o - W_o t|^2 + |t|^2        |Sigma_oo| = |Psi_o| |A|
//     y_m = Psi_m^1/2 W_m t                     Cov = Psi_m + H H^T        H = Psi_m^1/2 W_m S
//
// with A^-1 = S S^T (lane_loadings.hpp). Rotations of the factors change none of these, so that W = U D
// of low_rank.hpp serves. Each lane has its own o. Complete rows come first, whose W is orthogonal.
#pragma once

#include "holes.hpp"
#include "lane_loadings.hpp"
#include "residual_moments.hpp"

namespace mixtura::MIXTURA_ISA {

class ExpectedLowRank {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit ExpectedLowRank(const Task& task)
        : task_(task),
          m_(task.mixture),
          d_(m_.n_features),
          n_axes_(m_.n_axes),
          most_vectors_(tile_rows(d_) / lanes),
          moments_(task),
          loadings_(uninitialized<T>(n_stored() * d_ * n_axes_)),
          deviations_(uninitialized<T>(n_stored() * d_)),
          seen_(uninitialized<T>(n_stored() * d_)),
          columns_(d_, n_axes_, n_right()),
          s_(uninitialized<T>(n_stored() * most_vectors_ * LaneLoadings::triangle(n_axes_))),
          joint_(uninitialized<T>(n_right() * pitch<T>(tile_rows(d_)))),
          t_(uninitialized<T>(m_.n_components * most_vectors_ * n_axes_ * lanes)),
          h_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          h_weights_(uninitialized<T>(tile_rows(d_))),
          lacking_(uninitialized<std::int64_t>(most_vectors_ * d_)),
          n_lacking_(uninitialized<int>(most_vectors_)),
          spread_(uninitialized<int>(most_vectors_)) {
        for (std::int64_t k = 0; k < n_stored(); ++k)
            for (std::int64_t j = 0; j < d_; ++j) {
                deviations_[k * d_ + j] = 1 / factor(k)[1 + j];
                seen_[k * d_ + j] = half_log_2pi + std::log(deviations_[k * d_ + j]);
                for (std::int64_t a = 0; a < n_axes_; ++a)  // D^2 = 1 / shrunk - 1
                    loadings_[(k * d_ + j) * n_axes_ + a] =
                        axis(k, a)[1 + j] * std::sqrt((1 - axis(k, a)[0]) / axis(k, a)[0]);
            }
    }

    int begin_tile(std::int64_t first, std::int64_t last, std::int64_t* index) {
        const std::int64_t kept = n_stored() * LaneLoadings::triangle(n_axes_);
        const std::int64_t n = std::min(last - first, rows_in_cache(d_, kept));
        std::copy_n(task_.patterns.order + first, n, index);
        return static_cast<int>(n);
    }

    // log pi_k + log N(x_o | mu_o, Sigma_oo), and what is expected of the factors.
    void join(std::int64_t k, const Holes& tile, T* joint) {
        if (k == 0) find_lacking(tile);
        if (stored(k) == k)
            for (int v = 0; v * lanes < tile.width; ++v) join_stored(k, v, tile);
        std::copy_n(joint_.get() + (k - stored(k)) * pitch<T>(tile.width), tile.width, joint);
    }

    // y_m = E[x_m | x_o] - mu_m.
    void complete(std::int64_t k, const Holes& tile, T* y) const {
        for (int v = 0; v * lanes < tile.width; ++v) {
            const T* t = factor_means(k, v);
            for (int i = 0; i < n_lacking_[v]; ++i) {
                const std::int64_t j = lacking_[v * d_ + i];
                const T* w = loading(k, j);
                Vec<T> total{};
                for (std::int64_t a = 0; a < n_axes_; ++a) total += w[a] * load<T>(t + a * lanes);
                const Vec<T> x = tile.at(j, v * lanes);
                T* to = y + j * pitch<T>(tile.width) + v * lanes;
                store<T>(to, x == x ? load<T>(to) : deviation(k, j) * total);
            }
        }
    }

    // r Cov of rows with weights w: columns of H count as residuals.
    void add_spread(std::int64_t k, const Holes& tile, const T* w, Sums& sums) {
        const auto variance = [&](std::int64_t j) { return deviation(k, j) * deviation(k, j); };
        add_variances(task_, k, tile, w, variance, sums);
        int n = 0;
        for (int v = 0; v * lanes < tile.width; ++v)
            if (n_lacking_[v] && has_weight(w + v * lanes)) spread_[n++] = v;
        const std::int64_t n_columns = n * n_axes_;
        for (std::int64_t first = 0; first < n_columns; first += most_vectors_) {
            const std::int64_t at_once = std::min(most_vectors_, n_columns - first);
            const int width = static_cast<int>(at_once * lanes);
            for (std::int64_t i = 0; i < at_once; ++i) {
                const int v = spread_[(first + i) / n_axes_];
                fill_column(k, v, (first + i) % n_axes_, tile, h_.get() + i * lanes, pitch<T>(width));
                store<T>(h_weights_.get() + i * lanes, load<T>(w + v * lanes));
            }
            moments_.add(k, h_weights_.get(), h_.get(), width, nullptr, sums);
        }
    }

    void finish_chunk(Sums&) {}

private:
    std::int64_t stored(std::int64_t k) const { return m_.shared ? 0 : k; }
    std::int64_t n_stored() const { return m_.shared ? 1 : m_.n_components; }
    const double* factor(std::int64_t k) const { return m_.factors + k * (1 + n_axes_) * (1 + d_); }
    const double* axis(std::int64_t k, std::int64_t a) const { return factor(k) + (1 + a) * (1 + d_); }
    T deviation(std::int64_t k, std::int64_t j) const { return deviations_[stored(k) * d_ + j]; }

    // Components that share their covariance are joined together, each with a right side of its own.
    std::int64_t n_right() const { return m_.shared ? m_.n_components : 1; }

    T* root(std::int64_t k, int v) const {
        return s_.get() + (stored(k) * most_vectors_ + v) * LaneLoadings::triangle(n_axes_);
    }
    T* factor_means(std::int64_t k, int v) const {
        return t_.get() + (k * most_vectors_ + v) * n_axes_ * lanes;
    }

    static bool has_weight(const T* w) {
        return std::any_of(w, w + lanes, [](T r) { return r != 0; });
    }

    // The features that some lane of a vector lacks.
    void find_lacking(const Holes& tile) {
        std::fill_n(n_lacking_.get(), most_vectors_, 0);
        for (int v = 0; v * lanes < tile.width; ++v)
            for (std::int64_t j = 0; j < d_; ++j) {
                const T* x = tile.x + j * pitch<T>(tile.width) + v * lanes;
                if (std::any_of(x, x + lanes, [](T entry) { return entry != entry; }))
                    lacking_[v * d_ + n_lacking_[v]++] = j;
            }
    }

    void join_stored(std::int64_t k, int v, const Holes& tile) {
        const std::int64_t d = d_, n_axes = n_axes_, n_sides = n_right();
        const T *scales = factor(k) + 1, *seen = seen_.get() + k * d;
        Vec<T> volume{};
        T* to = columns_.at(0, 0);
        for (std::int64_t j = 0; j < d; ++j) {
            const Vec<T> x = tile.at(j, v * lanes), is_there = x == x ? broadcast<T>(1) : Vec<T>{};
            const T *w = loading(k, j), *mean = m_.means + k * d + j;
            for (std::int64_t a = 0; a < n_axes; ++a, to += lanes) store<T>(to, w[a] * is_there);
            for (std::int64_t i = 0; i < n_sides; ++i, to += lanes)
                store<T>(to, x == x ? (x - mean[i * d]) * scales[j] : Vec<T>{});
            volume += seen[j] * is_there;
        }
        columns_.fill_identity();
        volume += columns_.orthogonalize(n_lacking_[v] == 0, root(k, v));
        for (std::int64_t i = 0; i < n_right(); ++i) {
            const Vec<T> distance = columns_.explained(i, factor_means(k + i, v));
            const T log_weight = std::log(m_.weights[k + i]);
            store<T>(joint_.get() + i * pitch<T>(tile.width) + v * lanes,
                     log_weight - volume - T(0.5) * distance);
        }
    }

    // Row j of W.
    const T* loading(std::int64_t k, std::int64_t j) const {
        return loadings_.get() + (stored(k) * d_ + j) * n_axes_;
    }

    // Column a of H for the lanes of vector v.
    void fill_column(std::int64_t k, int v, std::int64_t a, const Holes& tile, T* to,
                     std::int64_t step) const {
        const T* s = root(k, v) + LaneLoadings::triangle(a);
        for (std::int64_t j = 0; j < d_; ++j) store<T>(to + j * step, Vec<T>{});
        for (int i = 0; i < n_lacking_[v]; ++i) {
            const std::int64_t j = lacking_[v * d_ + i];
            const Vec<T> x = tile.at(j, v * lanes);
            const T* w = loading(k, j);
            Vec<T> total{};
            for (std::int64_t p = 0; p <= a; ++p) total += w[p] * load<T>(s + p * lanes);
            store<T>(to + j * step, x == x ? Vec<T>{} : deviation(k, j) * total);
        }
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t d_, n_axes_, most_vectors_;
    ResidualMoments<T> moments_;
    Buffer<T> loadings_, deviations_;
    Buffer<T> seen_;  // what an observed feature takes from a log-density beside the factors
    LaneLoadings columns_;
    Buffer<T> s_, joint_, t_, h_, h_weights_;
    Buffer<std::int64_t> lacking_;
    Buffer<int> n_lacking_, spread_;
};

}  // namespace mixtura::MIXTURA_ISA
