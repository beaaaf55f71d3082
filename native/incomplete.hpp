// The fused pass over rows with missing entries: densities of what is observed, softmax, and expected
// moments. With y = E[x | x_o] - c and C = Cov[x | x_o], a row adds r, r y and r (y y^T + C) to the
// moments of a component; see mixtura/distribution/missing.py. `Expected` says what y and C are.
#pragma once

#include "expected_dense.hpp"
#include "expected_independent.hpp"
#include "expected_low_rank.hpp"
#include "residual_moments.hpp"
#include "softmax.hpp"

namespace mixtura::MIXTURA_ISA {

template <class Row, class Expected>
class IncompleteWorker {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;
    static constexpr std::int64_t features_to_gather = 24;  // from so many on, rows that matter pay

public:
    explicit IncompleteWorker(const Task& task)
        : task_(task),
          m_(task.mixture),
          k_(m_.n_components),
          d_(m_.n_features),
          width_(static_cast<int>(tile_rows(d_))),
          expected_(task),
          softmax_(task, width_),
          moments_(task),
          x_(uninitialized<T>(d_ * pitch<T>(width_))),
          y_(uninitialized<T>(d_ * pitch<T>(width_))),
          few_(uninitialized<T>(d_ * pitch<T>(width_))),
          few_weights_(uninitialized<T>(width_)),
          joint_(uninitialized<T>(k_ * pitch<T>(width_))),
          index_(uninitialized<std::int64_t>(width_)) {}

    void run(std::int64_t first, std::int64_t last, Sums& sums, const KeepGoing& keep_going) {
        while (first < last && keep_going()) {
            const int n = expected_.begin_tile(first, std::min(last, first + width_), index_.get());
            const int width = static_cast<int>(round_up(n, lanes));
            transpose<Row, T>(
                task_.rows, [this](int b) { return index_[b]; }, n, width, d_, x_.get());
            run_tile({x_.get(), n, width}, sums);
            first += n;
        }
        expected_.finish_chunk(sums);
    }

private:
    T* joint(std::int64_t k, int width) { return joint_.get() + k * pitch<T>(width); }

    void run_tile(const Holes& tile, Sums& sums) {
        for (std::int64_t k = 0; k < k_; ++k) {
            expected_.join(k, tile, joint(k, tile.width));
            replace_nan(joint(k, tile.width), tile.width);
        }
        if (task_.assignment.is_open())
            softmax_.run(joint_.get(), index_.get(), tile.n, tile.width, sums);
        else
            softmax_.take_given(joint_.get(), index_.get(), tile.n, tile.width);
        if (task_.answers.imputed) impute(tile);
        for (std::int64_t k = 0; k < k_ && task_.need != Need::none; ++k) add_moments(k, tile, sums);
    }

    // A row so far out that its distance overflows is nowhere.
    static void replace_nan(T* joint, int width) {
        for (int b = 0; b < width; b += lanes) {
            const Vec<T> value = load<T>(joint + b);
            store<T>(joint + b, value == value ? value : broadcast<T>(minus_infinity<T>));
        }
    }

    void complete(std::int64_t k, const Holes& tile) {
        subtract_observed(tile, m_.means + k * d_, d_, y_.get());
        expected_.complete(k, tile, y_.get());
    }

    void add_moments(std::int64_t k, const Holes& tile, Sums& sums) {
        const int width = tile.width;
        T* w = joint(k, width);
        const int n = static_cast<int>(std::count_if(w, w + tile.n, [](T r) { return r != 0; }));
        if (n == 0) return;
        complete(k, tile);
        expected_.add_spread(k, tile, w, sums);
        shift_to_centre(k, width);
        Vec<T> count{};
        for (int b = 0; b < width; b += lanes) count += load<T>(w + b);
        sums.counts[k] += sum<T>(count);
        double* first = sums.sums + k * d_;
        const bool multiplies = task_.need != Need::trace && task_.need != Need::diagonal;
        if (multiplies && d_ >= features_to_gather && 2 * n <= width)
            moments_.add(k, few_weights_.get(), few_.get(), gather(w, tile, n), first, sums);
        else
            moments_.add(k, w, y_.get(), width, first, sums);
    }

    // From residuals about the means to those about the centres.
    void shift_to_centre(std::int64_t k, int width) {
        if (task_.centres == m_.means) return;
        for (std::int64_t j = 0; j < d_; ++j) {
            const T shift = m_.means[k * d_ + j] - task_.centres[k * d_ + j];
            T* y = y_.get() + j * pitch<T>(width);
            for (int b = 0; b < width; b += lanes) store<T>(y + b, load<T>(y + b) + shift);
        }
    }

    // The n rows that have weight as a tile of their own; returns its width.
    int gather(const T* w, const Holes& tile, int n) {
        const int width = static_cast<int>(round_up(n, lanes));
        int to = 0;
        for (int b = 0; b < tile.n; ++b) {
            if (w[b] == 0) continue;
            for (std::int64_t j = 0; j < d_; ++j)
                few_[j * pitch<T>(width) + to] = y_[j * pitch<T>(tile.width) + b];
            few_weights_[to++] = w[b];
        }
        for (; to < width; ++to) {
            for (std::int64_t j = 0; j < d_; ++j) few_[j * pitch<T>(width) + to] = 0;
            few_weights_[to] = 0;
        }
        return width;
    }

    // E[x | x_o] = sum_k r_k (mu_k + y_k).
    void impute(const Holes& tile) {
        for (int b = 0; b < tile.n; ++b)
            for (std::int64_t j = 0; j < d_; ++j) {
                const T x = x_[j * pitch<T>(tile.width) + b];
                task_.answers.imputed[index_[b] * d_ + j] = x == x ? x : 0;
            }
        for (std::int64_t k = 0; k < k_; ++k) {
            complete(k, tile);
            for (int b = 0; b < tile.n; ++b)
                for (std::int64_t j = 0; j < d_; ++j) {
                    const std::int64_t at = j * pitch<T>(tile.width) + b;
                    if (x_[at] == x_[at]) continue;
                    task_.answers.imputed[index_[b] * d_ + j] +=
                        joint(k, tile.width)[b] * (m_.means[k * d_ + j] + y_[at]);
                }
        }
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t k_, d_;
    int width_;
    Expected expected_;
    Softmax<T> softmax_;
    ResidualMoments<T> moments_;
    Buffer<T> x_, y_, few_, few_weights_, joint_;
    Buffer<std::int64_t> index_;
};

}  // namespace mixtura::MIXTURA_ISA
