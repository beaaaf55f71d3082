// What is expected of the missing entries m of a row, given those observed o, in a component with any
// covariance Sigma, precision Lambda and y = x - mu. Of two ways to say it, the cheaper:
//
//     few are missing     y_m = -Lambda_mm^-1 Lambda_mo y_o     Cov = Lambda_mm^-1
//                         distance = |W y|^2 of the row so completed, |Sigma_oo| = |Sigma| |Lambda_mm|
//                         (where blocks of Lambda lose digits, by least squares on columns of W)
//     few are observed    y_m = Sigma_mo u                      u = Sigma_oo^-1 y_o
//                         distance = y_o u
//
// where the covariances Sigma_mm - Sigma_mo Sigma_oo^-1 Sigma_om of the latter are summed as
// N Sigma - Sigma P Sigma, with P = sum_i r_i Sigma_oo^-1 at the places of o. Rows that lack the same
// features share a factor of Lambda_mm or Sigma_oo.
#pragma once

#include "conditioning.hpp"
#include "holes.hpp"
#include "lane_regression.hpp"
#include "pattern_tiles.hpp"

namespace mixtura::MIXTURA_ISA {

class ExpectedDense {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit ExpectedDense(const Task& task)
        : task_(task),
          m_(task.mixture),
          k_(m_.n_components),
          d_(m_.n_features),
          parts_(m_),
          tiles_(task.patterns, d_),
          y_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          z_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          solutions_(uninitialized<T>(k_ * d_ * pitch<T>(tile_rows(d_)))),
          right_(uninitialized<T>(d_ * lanes)),
          regression_(d_),
          inverse_(uninitialized<T>(LaneFactors::size(d_))),
          log_dets_(uninitialized<T>(parts_.n_stored() * tile_rows(d_))),
          few_sums_(zeros<T>(wants_moments() ? k_ * d_ * d_ : 0)),
          few_counts_(zeros<T>(k_)) {}

    // How many rows from the first on make the tile.
    int begin_tile(std::int64_t first, std::int64_t last, std::int64_t* index) {
        const int n =
            tiles_.begin(first, last, index, [this] { return most_with_own_factors(); });
        const std::int64_t n_factors = parts_.n_stored() * tiles_.n_patterns();
        const std::int64_t needed = n_factors * LaneFactors::size(most_chosen());
        if (needed > capacity_) factors_ = uninitialized<T>(capacity_ = needed);
        return n;
    }

    // log pi_k + log N(x_o | mu_o, Sigma_oo), and what is expected of the missing features.
    void join(std::int64_t k, const Holes& tile, T* joint) {
        subtract_observed(tile, m_.means + k * d_, d_, y_.get());
        if (few_observed(k))
            join_few_observed(k, tile, joint);
        else
            join_few_missing(k, tile, joint);
    }

    // y_m = E[x_m | x_o] - mu_m.
    void complete(std::int64_t k, const Holes& tile, T* y) {
        const std::int64_t step = pitch<T>(tile.width);
        const T* expected = solution(k, tile);
        const std::int64_t* features = tiles_.missing(0);
        for (std::int64_t j = 0; j < n_missing() && tiles_.is_common(); ++j)
            std::copy_n(expected + j * step, tile.width, y + features[j * lanes] * step);
        for (int b = 0; b < tile.width && !tiles_.is_common(); ++b)
            for (std::int64_t j = 0; j < n_missing(); ++j)
                y[missing(j, b) * step + b] = expected[j * step + b];
    }

    // r Cov of rows with weights w.
    void add_spread(std::int64_t k, const Holes& tile, const T* w, Sums& sums) {
        for (int v = 0; v < tiles_.n_patterns() && n_missing() > 0; ++v) {
            const Vec<T> r = tiles_.is_common() ? broadcast<T>(total(w, tile.width)) : load<T>(w + v * lanes);
            const T count = tiles_.is_common() ? r[0] : sum<T>(r);
            if (count == 0) continue;
            if (few_observed(k)) {
                few_counts_[k] += count;
                T* to = few_sums_.get() + k * d_ * d_;
                add_inverses(k, v, r, true, [=](std::int64_t i, std::int64_t j) { return to + i * d_ + j; });
            } else {
                const bool is_matrix = task_.need == Need::full || task_.need == Need::pooled;
                add_inverses(k, v, r, is_matrix, [&](std::int64_t i, std::int64_t j) {
                    return place(task_, k, i, j, sums);
                });
            }
        }
    }

    // N Sigma - Sigma P Sigma for the rows of which little was observed.
    void finish_chunk(Sums& sums) {
        for (std::int64_t k = 0; k < k_; ++k) {
            if (few_counts_[k] == 0) continue;
            add_spread_of_few(k, sums);
            std::fill_n(few_sums_.get() + k * d_ * d_, d_ * d_, T(0));
            few_counts_[k] = 0;
        }
    }

private:
    std::int64_t n_missing() const { return tiles_.n_missing(); }
    bool wants_moments() const { return task_.need != Need::none; }
    bool wants_expectations() const { return wants_moments() || task_.answers.imputed; }

    bool few_observed(std::int64_t k) const {
        return 2 * n_missing() > d_ && (n_missing() == d_ || !parts_.is_inflated(k));
    }

    // How many features the factor of a component is of, and which.
    std::int64_t n_chosen(std::int64_t k) const {
        return few_observed(k) ? d_ - n_missing() : n_missing();
    }
    const std::int64_t* chosen(std::int64_t k, int v) const {
        return few_observed(k) ? tiles_.observed(v) : tiles_.missing(v);
    }
    std::int64_t most_chosen() const {
        std::int64_t most = 0;
        for (std::int64_t k = 0; k < k_; ++k) most = std::max(most, n_chosen(k));
        return most;
    }

    // The j-th missing feature of row b.
    std::int64_t missing(std::int64_t j, int b) const {
        return tiles_.missing(b / lanes)[j * lanes + b % lanes];
    }

    T* solution(std::int64_t k, const Holes& tile) {
        return solutions_.get() + k * d_ * pitch<T>(tile.width);
    }

    LaneFactors factors(std::int64_t k, int v) const {
        const std::int64_t at = parts_.stored(k) * tiles_.n_patterns() + tiles_.pattern(v);
        return {factors_.get() + at * LaneFactors::size(most_chosen()), n_chosen(k)};
    }
    T* log_det(std::int64_t k, int v) const {
        return log_dets_.get() + parts_.stored(k) * tile_rows(d_) + tiles_.pattern(v) * lanes;
    }

    std::int64_t most_with_own_factors() const {
        return rows_in_cache(d_, parts_.n_stored() * LaneFactors::size(most_chosen()));
    }

    // Factors of the chosen blocks, of which components that share a covariance need one.
    void factor(std::int64_t k, int v, const Conditioning::Matrices& matrices) {
        if (parts_.stored(k) < k || tiles_.pattern(v) < v) return;
        store<T>(log_det(k, v), factors(k, v).factor(matrices.matrix(k), matrices.logs(k), d_, chosen(k, v)));
    }

    // right[j] = the chosen features of a tile, for the lanes from b on.
    void take_chosen(std::int64_t k, int b, const T* tile, int width) {
        const std::int64_t* features = chosen(k, b / lanes);
        for (std::int64_t j = 0; j < n_chosen(k); ++j, features += lanes) {
            T* to = right_.get() + j * lanes;
            if (tiles_.is_common()) {
                store<T>(to, load<T>(tile + features[0] * pitch<T>(width) + b));
                continue;
            }
            for (int lane = 0; lane < lanes; ++lane)
                to[lane] = tile[features[lane] * pitch<T>(width) + b + lane];
        }
    }

    void join_few_missing(std::int64_t k, const Holes& tile, T* joint) {
        const int width = tile.width;
        const std::int64_t step = pitch<T>(width);
        const bool loses_digits = parts_.is_inflated(k);
        if (loses_digits)
            whiten<T>(parts_.factor(k), y_.get(), width, d_, z_.get());
        else if (n_missing() > 0)
            parts_.precisions().multiply(parts_.stored(k), y_.get(), width, z_.get());
        for (int b = 0; b < width && n_missing() > 0; b += lanes) {
            const LaneFactors own = factors(k, b / lanes);
            if (loses_digits) {
                store<T>(log_det(k, b / lanes),
                         regression_.factor(m_.factors + parts_.stored(k) * d_ * d_,
                                            chosen(k, b / lanes), n_missing(), z_.get() + b, step, own,
                                            right_.get()));
            } else {
                factor(k, b / lanes, parts_.precisions());
                take_chosen(k, b, z_.get(), width);
                own.solve_transposed(right_.get());
            }
            own.solve(right_.get());
            for (std::int64_t j = 0; j < n_missing(); ++j)
                store<T>(solution(k, tile) + j * step + b, -load<T>(right_.get() + j * lanes));
        }
        complete(k, tile, y_.get());
        dense_distances<T>(parts_.factor(k), y_.get(), width, d_, joint);
        const T constant = m_.constants[k] + T(n_missing()) * half_log_2pi;
        for (int b = 0; b < width; b += lanes) {
            Vec<T> value = constant - T(0.5) * load<T>(joint + b);
            if (n_missing() > 0) value -= load<T>(log_det(k, b / lanes));
            store<T>(joint + b, value);
        }
    }

    void join_few_observed(std::int64_t k, const Holes& tile, T* joint) {
        const int width = tile.width;
        const std::int64_t step = pitch<T>(width);
        const T constant =
            m_.constants[k] + parts_.half_log_det(k) + T(n_missing()) * half_log_2pi;
        std::fill_n(z_.get(), d_ * step, T(0));
        for (int b = 0; b < width; b += lanes) {
            factor(k, b / lanes, parts_.covariances());
            const LaneFactors own = factors(k, b / lanes);
            take_chosen(k, b, y_.get(), width);
            const Vec<T> distance = own.solve_transposed(right_.get());
            own.solve(right_.get());
            const std::int64_t* observed = chosen(k, b / lanes);
            for (std::int64_t i = 0; i < n_chosen(k) * lanes; ++i)
                z_[observed[i] * step + b + i % lanes] = right_[i];
            store<T>(joint + b, constant - load<T>(log_det(k, b / lanes)) - T(0.5) * distance);
        }
        if (n_missing() == d_)  // exactly what is known of a row without entries
            std::fill_n(joint, width, std::log(m_.weights[k]));
        if (!wants_expectations()) return;
        parts_.covariances().multiply(parts_.stored(k), z_.get(), width, y_.get());
        for (std::int64_t j = 0; j < n_missing(); ++j)
            for (int b = 0; b < width; ++b)
                solution(k, tile)[j * step + b] = y_[missing(j, b) * step + b];
    }

    static T total(const T* w, int width) {
        Vec<T> all{};
        for (int b = 0; b < width; b += lanes) all += load<T>(w + b);
        return sum<T>(all);
    }

    // r A^-1 of the chosen features of each lane of vector v, at `place`; or its diagonal alone.
    template <class Place>
    void add_inverses(std::int64_t k, int v, Vec<T> r, bool is_matrix, const Place& place) {
        const LaneFactors root(inverse_.get(), n_chosen(k));
        factors(k, v).invert(root);
        const std::int64_t* features = chosen(k, v);
        const int n_lanes = tiles_.is_common() ? 1 : lanes;
        for (std::int64_t i = 0; i < n_chosen(k); ++i)
            for (std::int64_t j = is_matrix ? 0 : i; j <= i; ++j) {
                const Vec<T> weighted = r * root.product(i, j);
                for (int lane = 0; lane < n_lanes; ++lane)
                    *place(features[i * lanes + lane], features[j * lanes + lane]) += weighted[lane];
            }
    }

    void add_spread_of_few(std::int64_t k, Sums& sums) {
        const T* covariance = parts_.covariances().matrix(parts_.stored(k));
        const bool is_matrix = task_.need == Need::full || task_.need == Need::pooled;
        T* inverses = few_sums_.get() + k * d_ * d_;
        Buffer<T> product = zeros<T>(d_ * d_);  // P Sigma
        for (std::int64_t i = 0; i < d_; ++i)
            for (std::int64_t p = 0; p < d_; ++p) {
                const T inverse = inverses[std::max(i, p) * d_ + std::min(i, p)];
                for (std::int64_t j = 0; j < d_; ++j)
                    product[i * d_ + j] += inverse * covariance[p * d_ + j];
            }
        for (std::int64_t i = 0; i < d_; ++i)
            for (std::int64_t j = is_matrix ? 0 : i; j <= i; ++j) {
                T explained = 0;
                for (std::int64_t p = 0; p < d_; ++p)
                    explained += covariance[i * d_ + p] * product[p * d_ + j];
                *place(task_, k, i, j, sums) += few_counts_[k] * covariance[i * d_ + j] - explained;
            }
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t k_, d_, capacity_ = 0;
    Conditioning parts_;
    PatternTiles tiles_;
    Buffer<T> y_, z_, solutions_, right_;
    LaneRegression regression_;
    Buffer<T> inverse_, log_dets_, factors_;
    Buffer<T> few_sums_, few_counts_;
};

}  // namespace mixtura::MIXTURA_ISA
