// Blocks of rows of which few components matter for each: the rule in many dimensions. What weighs less
// than rounding is dropped as soon as an upper bound of its density shows it, and the rest is gathered
// by component.
//
// |W y|^2 is a sum of squares, so that the first h of them bound a density from above, at (h/d)^2 of
// its cost where W is triangular. The density of the component with the highest bound is computed in
// full, and whatever lies `negligible` below it is dropped; so nothing of note is lost, wherever the
// rows lie. The shortest h that drops most pairs on a sample is used for the rows that follow.
#pragma once

#include <utility>

#include "survivors.hpp"
#include "tiles.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T, class Row>
class Pruning {
    static constexpr int few = 8;                  // at most one pair in so many is worth gathering
    static constexpr int blocks_in_a_sample = 16;  // before the features are chosen again

public:
    Pruning(const Task& task, Tiles<T, Row>& tiles)
        : task_(task),
          tiles_(tiles),
          k_(task.mixture.n_components),
          d_(task.mixture.n_features),
          size_(block_rows(task)),
          prefix_(d_),
          survivors_(k_, size_),
          n_evaluated_(uninitialized<std::int64_t>(k_)),
          per_row_(size_),
          threshold_(uninitialized<T>(size_)),
          bounds_(uninitialized<T>(k_ * pitch<T>(tiles.width()) * (size_ / tiles.width()))),
          index_(uninitialized<std::int64_t>(size_)),
          nowhere_(uninitialized<std::int64_t>(size_)) {}

    std::int64_t size() const { return size_; }

    // Each chunk chooses for itself, whichever thread works on it.
    void restart() { n_blocks_ = 0; }

    // From the rows to their moments, as the mixture says.
    void run(std::int64_t first, std::int64_t n, Sums& sums) {
        if (n_blocks_++ % blocks_in_a_sample == 0) choose_prefix(first, n);
        begin(first, n);
        if (prefix_ < d_) {
            bound(prefix_);
            evaluate();
            survivors_.drop_below(threshold_.get());
        } else {
            join_tiles(sums);
        }
        softmax(sums);
        add_moments(sums);
        finish_nowhere(sums);
    }

    // From rows whose components are given by labels.
    void run_labelled(std::int64_t first, std::int64_t n, Sums& sums) {
        begin(first, n);
        for (std::int64_t b = 0; b < n; ++b) {
            survivors_.push(task_.assignment.labels[first + b], static_cast<std::int32_t>(b), 1);
            per_row_.factor[b] = static_cast<T>(weight_of(task_, first + b));
        }
        add_moments(sums);
    }

private:
    static std::int64_t block_rows(const Task& task) {
        const std::int64_t k = task.mixture.n_components, d = task.mixture.n_features;
        const std::int64_t tile = tile_rows(d), megabyte = std::int64_t(1) << 20;
        const std::int64_t most =
            std::min({64 * k, std::int64_t(4096), megabyte / (8 * d), 2 * megabyte / (8 * k)});
        return std::max<std::int64_t>(1, most / tile) * tile;
    }

    void begin(std::int64_t first, std::int64_t n) {
        first_ = first;
        n_ = n;
        survivors_.clear();
        std::fill_n(n_evaluated_.get(), k_, 0);
        std::fill_n(per_row_.largest.get(), n, minus_infinity<T>);
        for (std::int64_t b = 0; b < n; ++b) index_[b] = first + b;
    }

    // The fewest features that leave few pairs of a tile; all of them where none do.
    void choose_prefix(std::int64_t first, std::int64_t n) {
        prefix_ = d_;
        if (d_ < features_for_a_prefix) return;
        for (const std::int64_t share : {8, 4, 2}) {
            const std::int64_t h = tiles_.prefix(d_ / share);
            begin(first, std::min<std::int64_t>(n, tiles_.width()));
            if (few * bound(h) > n_ * k_) continue;
            prefix_ = h;
            return;
        }
    }

    // f(first row of the tile, rows in it)
    template <class F>
    void for_tiles(const F& f) {
        for (std::int64_t b = 0; b < n_; b += tiles_.width())
            f(b, static_cast<int>(std::min<std::int64_t>(tiles_.width(), n_ - b)));
    }

    int read_tile(std::int64_t b, int n, std::int64_t h) {
        const std::int64_t first = first_ + b;
        return tiles_.read([=](int i) { return first + i; }, n, h);
    }

    // Pairs that may matter, by bounds from h features: the likeliest of each row with its density,
    // and those whose bound is not negligible beside it. Returns how many the latter are.
    std::int64_t bound(std::int64_t h) {
        for_tiles([&](std::int64_t b, int n) {
            T* bounds = bounds_of(b);
            const int width = read_tile(b, n, h);
            tiles_.join(width, h, bounds);
            find_largest<T>(bounds, k_, width, threshold_.get() + b);
            find_labels<T>(bounds, k_, width, threshold_.get() + b, per_row_.label.get() + b);
            for (int i = 0; i < n; ++i) {
                const std::int32_t likeliest = per_row_.label[b + i];
                survivors_.push(likeliest, static_cast<std::int32_t>(b + i), 0);
                bounds[likeliest * pitch<T>(width) + i] = minus_infinity<T>;
            }
        });
        evaluate();
        std::int64_t count = 0;
        for_tiles([&](std::int64_t b, int n) {
            const int width = static_cast<int>(round_up(n, Lanes<T>::n));
            count += survivors_.push_tile(bounds_of(b), threshold_.get() + b, width, b);
        });
        return count;
    }

    T* bounds_of(std::int64_t b) {
        return bounds_.get() + b / tiles_.width() * k_ * pitch<T>(tiles_.width());
    }

    // The densities of the pairs that are listed since the last time, and the thresholds they set.
    void evaluate() {
        for (std::int64_t k = 0; k < k_; ++k) {
            for (std::int64_t i = n_evaluated_[k]; i < survivors_.size(k); i += tiles_.width()) {
                const auto [n, width] = gather(k, i);
                tiles_.join_one(k, width, d_);
                for (int b = 0; b < n; ++b) {
                    const T value = survivors_.values(k)[i + b] = tiles_.joint()[b];
                    T& largest = per_row_.largest[survivors_.rows(k)[i + b]];
                    largest = std::max(largest, value);
                }
            }
            n_evaluated_[k] = survivors_.size(k);
        }
        set_thresholds(0, n_);
    }

    // Nothing is to be listed for a row that is nowhere, nor for lanes without a row.
    void set_thresholds(std::int64_t first, std::int64_t n) {
        const T* largest = per_row_.largest.get();
        for (std::int64_t b = first; b < first + n; ++b)
            threshold_[b] =
                largest[b] > minus_infinity<T> ? largest[b] - negligible<T> : -minus_infinity<T>;
        for (std::int64_t b = first + n; b < round_up(first + n, Lanes<T>::n); ++b)
            threshold_[b] = -minus_infinity<T>;
    }

    // Reads the rows of at most a tile of component k's survivors, from the i-th: how many rows, and
    // in how many lanes.
    std::pair<int, int> gather(std::int64_t k, std::int64_t i) {
        const int n = tile_of_survivors(k, i);
        return {n, tiles_.read(survivor(k, i), n, d_)};
    }

    std::pair<int, int> gather_for_moments(std::int64_t k, std::int64_t i) {
        const int n = tile_of_survivors(k, i);
        return {n, tiles_.read_for_moments(survivor(k, i), n)};
    }

    int tile_of_survivors(std::int64_t k, std::int64_t i) const {
        return static_cast<int>(std::min<std::int64_t>(tiles_.width(), survivors_.size(k) - i));
    }

    auto survivor(std::int64_t k, std::int64_t i) {
        return [first = first_, rows = survivors_.rows(k) + i](int b) { return first + rows[b]; };
    }

    // All densities of all tiles; a tile where too much survives goes on as a whole.
    void join_tiles(Sums& sums) {
        for_tiles([&](std::int64_t b, int n) {
            const int width = read_tile(b, n, d_);
            tiles_.join(width, d_, tiles_.joint());
            find_largest<T>(tiles_.joint(), k_, width, per_row_.largest.get() + b);
            set_thresholds(b, n);
            const T* thresholds = threshold_.get() + b;
            if (few * survivors_.count(tiles_.joint(), thresholds, width) > 2 * n * k_) {
                tiles_.finish(index_.get() + b, n, width, sums);
                std::fill_n(index_.get() + b, n, no_row);
            } else {
                survivors_.push_tile(tiles_.joint(), thresholds, width, b);
            }
        });
    }

    // The values become exp(joint - largest); log p(x) is added up. Rows that are nowhere are put aside.
    void softmax(Sums& sums) {
        const T* largest = per_row_.largest.get();
        n_nowhere_ = 0;
        std::fill_n(per_row_.weight.get(), size_, T(0));
        std::fill_n(per_row_.total.get(), size_, T(1));
        for (std::int64_t b = 0; b < n_; ++b) {
            if (index_[b] == no_row) continue;
            if (largest[b] == minus_infinity<T>) {
                nowhere_[n_nowhere_++] = std::exchange(index_[b], no_row);
                continue;
            }
            per_row_.weight[b] = static_cast<T>(weight_of(task_, index_[b]));
            per_row_.total[b] = 0;
        }
        for (std::int64_t k = 0; k < k_; ++k) {
            survivors_.exponentiate(k, largest);
            for (std::int64_t i = survivors_.size(k) - 1; i >= 0; --i) {
                const std::int32_t b = survivors_.rows(k)[i];
                const T value = survivors_.values(k)[i];
                per_row_.total[b] += value;
                if (value == 1) per_row_.label[b] = static_cast<std::int32_t>(k);
            }
        }
        finish_rows<T>(task_, index_.get(), n_, per_row_, sums);
    }

    // Of the survivors, with responsibilities value * factor.
    void add_moments(Sums& sums) {
        if (task_.need == Need::none) return;
        for (std::int64_t k = 0; k < k_; ++k)
            for (std::int64_t i = 0; i < survivors_.size(k); i += tiles_.width()) {
                const auto [n, width] = gather_for_moments(k, i);
                T* w = tiles_.joint();
                for (int b = 0; b < n; ++b)
                    w[b] = survivors_.values(k)[i + b] * per_row_.factor[survivors_.rows(k)[i + b]];
                std::fill(w + n, w + width, T(0));
                tiles_.add_moments_of(k, w, width, sums);
            }
    }

    // Rows whose densities are all 0 go through the stages of whole tiles.
    void finish_nowhere(Sums& sums) {
        for (std::int64_t b = 0; b < n_nowhere_; b += tiles_.width()) {
            const std::int64_t* rows = nowhere_.get() + b;
            const int n = static_cast<int>(std::min<std::int64_t>(tiles_.width(), n_nowhere_ - b));
            const int width = tiles_.read([=](int i) { return rows[i]; }, n, d_);
            tiles_.join(width, d_, tiles_.joint());
            tiles_.finish(rows, n, width, sums);
        }
    }

    static constexpr std::int64_t features_for_a_prefix = 24;

    const Task& task_;
    Tiles<T, Row>& tiles_;
    std::int64_t k_, d_, size_, first_ = 0, n_ = 0, n_blocks_ = 0, n_nowhere_ = 0, prefix_;
    Survivors<T> survivors_;
    Buffer<std::int64_t> n_evaluated_;
    PerRow<T> per_row_;
    Buffer<T> threshold_, bounds_;
    Buffer<std::int64_t> index_, nowhere_;
};

}  // namespace mixtura::MIXTURA_ISA
