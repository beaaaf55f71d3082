// A step of k-means++: what the potential sum w min(D, |x - c|^2) would be if one of several trial
// rows c became a seed, where D are the squared distances to the nearest seed so far.
#pragma once

#include "nearest.hpp"

namespace mixtura::MIXTURA_ISA {

template <class Row>
void add_potentials(const Task& task, std::int64_t first, std::int64_t last, Sums& sums) {
    using T = double;
    constexpr int lanes = Lanes<T>::n;
    const Potentials& to = task.potentials;
    const std::int64_t d = task.mixture.n_features;
    const int width = static_cast<int>(tile_rows(d));
    const Buffer<T> x = zeros<T>(d * width), weights = zeros<T>(width), closest = zeros<T>(width),
                    distances = zeros<T>(width);
    for (std::int64_t row = first; row < last; row += width) {
        const int n = static_cast<int>(std::min<std::int64_t>(width, last - row));
        transpose<T, Row>(task.rows, row, n, width, d, x.get());
        for (int b = 0; b < width; ++b) {
            weights[b] = b >= n ? 0.0 : task.rows.weights ? task.rows.weights[row + b] : 1.0;
            closest[b] = to.closest && b < n ? to.closest[row + b]
                                             : std::numeric_limits<T>::infinity();
        }
        for (std::int64_t t = 0; t < task.mixture.n_components; ++t) {
            Vec<T> potential[vectors] = {};
            for (int b = 0; b < width; b += vectors * lanes) {
                Vec<T> total[1][vectors] = {};
                square_distances<T, 1>(x.get() + b, task.mixture.means + t * d, width, d, total);
                for (int v = 0; v < vectors; ++v) {
                    const int at = b + v * lanes;
                    const Vec<T> before = load<T>(closest.get() + at);
                    const Vec<T> after = total[0][v] < before ? total[0][v] : before;
                    const Vec<T> w = load<T>(weights.get() + at);
                    potential[v] += w > 0 ? w * after : Vec<T>{};
                    store<T>(distances.get() + at, after);
                }
            }
            const double in_tile = sum<T>((potential[0] + potential[1]) +
                                          (potential[2] + potential[3]));
            sums.counts[t] += in_tile;
            to.in_tiles[t * to.n_tiles + row / width] = in_tile;
            if (to.distances) std::copy_n(distances.get(), n, to.distances + t * task.rows.n + row);
        }
    }
}

}  // namespace mixtura::MIXTURA_ISA
