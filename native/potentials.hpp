// A step of k-means++: what the potential sum w min(D, |x - c|^2) would be if one of several trial
// rows c became a seed, where D are the squared distances to the nearest seed so far.
#pragma once

#include "nearest.hpp"

namespace mixtura::MIXTURA_ISA {

template <class Row>
class PotentialsWorker {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit PotentialsWorker(const Task& task)
        : task_(task),
          to_(task.potentials),
          d_(task.mixture.n_features),
          width_(static_cast<int>(tile_rows(d_))),
          x_(uninitialized<T>(d_ * pitch<T>(width_))),
          weights_(uninitialized<T>(width_)),
          closest_(uninitialized<T>(width_)),
          distances_(uninitialized<T>(width_)) {}

    void run(std::int64_t first, std::int64_t last, Sums& sums, const KeepGoing& keep_going) {
        for (std::int64_t row = first; row < last && keep_going(); row += width_) {
            const int n = static_cast<int>(std::min<std::int64_t>(width_, last - row));
            read(row, n);
            for (std::int64_t t = 0; t < task_.mixture.n_components; ++t) {
                const double potential = try_row(t);
                sums.counts[t] += potential;
                to_.in_tiles[t * to_.n_tiles + row / width_] = potential;
                if (to_.distances)
                    std::copy_n(distances_.get(), n, to_.distances + t * task_.rows.n + row);
            }
        }
    }

private:
    void read(std::int64_t row, int n) {
        transpose<Row, T>(
            task_.rows, [=](int b) { return row + b; }, n, width_, d_, x_.get());
        for (int b = 0; b < width_; ++b) {
            const bool is_row = b < n;
            weights_[b] = !is_row ? 0.0 : task_.rows.weights ? task_.rows.weights[row + b] : 1.0;
            closest_[b] = to_.closest && is_row ? to_.closest[row + b]
                                                : std::numeric_limits<T>::infinity();
        }
    }

    // The tile's share of the potential, and its distances to the nearest seed with this one.
    double try_row(std::int64_t t) {
        Vec<T> potential{};
        for (int b = 0; b < width_; b += vectors * lanes) {
            Vec<T> total[1][vectors] = {};
            square_distances<T, 1>(x_.get() + b, task_.mixture.means + t * d_, width_, d_, total);
            for (int v = 0; v < vectors; ++v) {
                const int at = b + v * lanes;
                const Vec<T> before = load<T>(closest_.get() + at);
                const Vec<T> after = total[0][v] < before ? total[0][v] : before;
                const Vec<T> w = load<T>(weights_.get() + at);
                potential += w > 0 ? w * after : Vec<T>{};
                store<T>(distances_.get() + at, after);
            }
        }
        return sum<T>(potential);
    }

    const Task& task_;
    const Potentials& to_;
    std::int64_t d_;
    int width_;
    Buffer<T> x_, weights_, closest_, distances_;
};

}  // namespace mixtura::MIXTURA_ISA
