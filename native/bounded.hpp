// A step of k-means that compares few rows with all centres: a row's distance to any other centre
// than its own is at least what it was before, less what those centres have moved since; where its
// own is nearer than that, it stays (Hamerly, 2010: Making k-means even faster). Exact.
#pragma once

#include <cmath>

#include "nearest.hpp"

namespace mixtura::MIXTURA_ISA {

template <class Row>
class BoundedWorker {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;
    static constexpr T margin = 1 - 1e-8;  // far more than the bounds' roundings

public:
    explicit BoundedWorker(const Task& task)
        : task_(task),
          to_(task.nearest),
          k_(task.mixture.n_components),
          d_(task.mixture.n_features),
          tile_(task),
          residual_(zeros<T>(d_ + 2 * lanes)),
          open_(zeros<std::int64_t>(tile_.width)) {}

    void run(std::int64_t first, std::int64_t last, Sums& sums, const KeepGoing& keep_going) {
        changed_ = 0;
        for (std::int64_t row = first; row < last; ++row) {
            if (!stays(row, sums)) open_[n_open_++] = row;
            if (n_open_ < tile_.width && row + 1 < last) continue;
            compare_open_rows(sums);
            if (!keep_going()) break;
        }
        *to_.changed += changed_;
    }

private:
    bool stays(std::int64_t row, Sums& sums) {
        const std::int64_t label = to_.labels[row];
        if (!(to_.gaps[row] > 0) || label < 0 || label >= k_) return false;
        const T gap = to_.gaps[row] - to_.drifts[label];
        if (!(gap > 0)) return false;
        subtract_centre(row, label);
        const T distance = square();
        if (!(distance < gap * gap * margin)) return false;
        to_.gaps[row] = gap;
        add(row, label, distance, sums);
        return true;
    }

    void compare_open_rows(Sums& sums) {
        if (n_open_ == 0) return;
        transpose<Row, T>(
            task_.rows, [this](int b) { return open_[b]; }, n_open_, tile_.width, d_,
            tile_.x.get());
        tile_.template find<true>(n_open_);
        for (int b = 0; b < n_open_; ++b) {
            const std::int64_t row = open_[b], label = tile_.labels[b];
            changed_ += to_.labels[row] != label;
            to_.labels[row] = label;
            to_.gaps[row] = std::sqrt(tile_.second_distances[b]);
            subtract_centre(row, label);
            add(row, label, tile_.distances[b], sums);
        }
        n_open_ = 0;
    }

    void subtract_centre(std::int64_t row, std::int64_t label) {
        const std::int64_t stride = task_.rows.feature_stride;
        const Row* x = static_cast<const Row*>(task_.rows.data) + row * task_.rows.row_stride;
        const double* c = task_.mixture.means + label * d_;
        T* y = residual_.get();
        if (stride == 1)
            for (std::int64_t j = 0; j < d_; ++j) y[j] = x[j] - c[j];
        else
            for (std::int64_t j = 0; j < d_; ++j) y[j] = x[j * stride] - c[j];
    }

    T square() const {
        const T* y = residual_.get();  // with zeros behind
        Vec<T> even{}, odd{};
        for (std::int64_t j = 0; j < d_; j += 2 * lanes) {
            even += load<T>(y + j) * load<T>(y + j);
            odd += load<T>(y + j + lanes) * load<T>(y + j + lanes);
        }
        return sum<T>(even + odd);
    }

    void add(std::int64_t row, std::int64_t label, T distance, Sums& sums) const {
        const T w = task_.rows.weights ? task_.rows.weights[row] : 1.0;
        if (!(w > 0)) return;
        sums.counts[label] += w;
        sums.log_likelihood -= 0.5 * w * distance;
        double* __restrict to = sums.sums + label * d_;
        const T* y = residual_.get();
        for (std::int64_t j = 0; j < d_; ++j) to[j] += w * y[j];
    }

    const Task& task_;
    const Nearest& to_;
    std::int64_t k_, d_, changed_ = 0;
    int n_open_ = 0;
    NearestTile tile_;
    Buffer<T> residual_;
    Buffer<std::int64_t> open_;
};

}  // namespace mixtura::MIXTURA_ISA
