// A step of k-means: each row goes to the nearest centre, and the centres' sums are made in the same
// read of the rows. Distances are of residuals, as everywhere, so that no offset costs digits.
#pragma once

#include <limits>

#include "distance.hpp"

namespace mixtura::MIXTURA_ISA {

// total[o] = |x - c_o|^2 of `Height` centres that follow each other, for some vectors of lanes.
template <class T, int Height>
inline void square_distances(const T* x, const double* centres, int width, std::int64_t d,
                             Vec<T> (&total)[Height][vectors]) {
    constexpr int n = Lanes<T>::n;
    for (std::int64_t j = 0; j < d; ++j) {
        Vec<T> in[vectors];
        for (int v = 0; v < vectors; ++v) in[v] = load<T>(x + j * pitch<T>(width) + v * n);
        for (int o = 0; o < Height; ++o) {
            const T c = static_cast<T>(centres[o * d + j]);
            for (int v = 0; v < vectors; ++v) {
                const Vec<T> y = in[v] - c;
                total[o][v] += y * y;
            }
        }
    }
}

// For each lane of a tile the nearest centre, the squared distance to it, and where it is asked for
// that to the second nearest.
struct NearestTile {
    using T = double;
    using Whole = Lanes<T>::ivec;
    static constexpr int lanes = Lanes<T>::n;

    const double* centres;  // K x d
    std::int64_t k, d;
    int width;
    Buffer<T> x;  // d x width
    Buffer<T> distances, second_distances;
    Buffer<std::int64_t> labels;

    explicit NearestTile(const Task& task)
        : centres(task.mixture.means),
          k(task.mixture.n_components),
          d(task.mixture.n_features),
          width(static_cast<int>(tile_rows(d))),
          x(uninitialized<T>(d * pitch<T>(width))),
          distances(zeros<T>(width)),
          second_distances(zeros<T>(width)),
          labels(zeros<std::int64_t>(width)) {}

    // For the first `n` lanes.
    template <bool WithSecond>
    void find(int n) {
        for (int b = 0; b < n; b += vectors * lanes) {
            Best best;
            std::int64_t first = 0;
            for (; first + 2 <= k; first += 2) compare<WithSecond, 2>(b, first, best);
            if (first < k) compare<WithSecond, 1>(b, first, best);
            for (int v = 0; v < vectors; ++v) {
                const int at = b + v * lanes;
                store<T>(distances.get() + at, best.least[v]);
                if (WithSecond) store<T>(second_distances.get() + at, best.second[v]);
                std::memcpy(labels.get() + at, &best.label[v], sizeof best.label[v]);
            }
        }
    }

private:
    struct Best {
        Vec<T> least[vectors], second[vectors];
        Whole label[vectors] = {};

        Best() {
            for (int v = 0; v < vectors; ++v)
                least[v] = second[v] = broadcast<T>(std::numeric_limits<T>::infinity());
        }
    };

    // Of centres equally near the first is taken.
    template <bool WithSecond, int Height>
    void compare(int b, std::int64_t first, Best& best) const {
        Vec<T> total[Height][vectors] = {};
        square_distances<T, Height>(x.get() + b, centres + first * d, width, d, total);
        for (int o = 0; o < Height; ++o)
            for (int v = 0; v < vectors; ++v) {
                const Vec<T> distance = total[o][v], least = best.least[v];
                const Whole is_nearer = distance < least;
                if (WithSecond) {
                    const Vec<T> worse = is_nearer ? least : distance;
                    best.second[v] = worse < best.second[v] ? worse : best.second[v];
                }
                best.least[v] = is_nearer ? distance : least;
                best.label[v] = is_nearer ? Whole{} + (first + o) : best.label[v];
            }
    }
};

template <class Row>
class NearestWorker {
    using T = double;
    using Whole = Lanes<T>::ivec;
    static constexpr int lanes = Lanes<T>::n;
    static constexpr std::int64_t few = 4;  // clusters: see `add_masked`

public:
    explicit NearestWorker(const Task& task)
        : task_(task),
          k_(task.mixture.n_components),
          d_(task.mixture.n_features),
          tile_(task),
          weights_(zeros<T>(tile_.width)),
          masked_(zeros<T>(tile_.width)) {}

    void run(std::int64_t first, std::int64_t last, Sums& sums, const KeepGoing& keep_going) {
        std::int64_t changed = 0;
        for (std::int64_t row = first; row < last && keep_going(); row += tile_.width) {
            const int n = static_cast<int>(std::min<std::int64_t>(tile_.width, last - row));
            transpose<Row, T>(
                task_.rows, [=](int b) { return row + b; }, n, tile_.width, d_, tile_.x.get());
            tile_.find<false>(tile_.width);
            if (task_.nearest.labels) changed += tell_labels(row, n);
            if (task_.nearest.distances)
                std::copy_n(tile_.distances.get(), n, task_.nearest.distances + row);
            take_weights(row, n);
            add_distances(sums);
            if (task_.need != Need::none) k_ <= few ? add_masked(sums) : add_scattered(row, n, sums);
        }
        *task_.nearest.changed += changed;
    }

private:
    std::int64_t tell_labels(std::int64_t row, int n) {
        std::int64_t changed = 0;
        std::int64_t* labels = task_.nearest.labels + row;
        for (int b = 0; b < n; ++b) changed += labels[b] != tile_.labels[b];
        if (changed) std::copy_n(tile_.labels.get(), n, labels);
        return changed;
    }

    void take_weights(std::int64_t row, int n) {
        const double* weights = task_.rows.weights;
        for (int b = 0; b < n; ++b) weights_[b] = weights ? weights[row + b] : 1.0;
        for (int b = n; b < tile_.width; ++b) weights_[b] = 0;
    }

    // The log-likelihood of unit Gaussians, up to a constant: -1/2 sum w |x - c|^2.
    void add_distances(Sums& sums) {
        Vec<T> total[vectors] = {};
        each_vector([&](int b, int v) {
            const Vec<T> w = load<T>(weights_.get() + b);
            total[v] += w > 0 ? w * load<T>(tile_.distances.get() + b) : Vec<T>{};
        });
        sums.log_likelihood -= 0.5 * sum_of(total);
    }

    // Few clusters: for each, a sum over all lanes with the weights of the others masked.
    void add_masked(Sums& sums) {
        for (std::int64_t k = 0; k < k_; ++k) {
            Vec<T> count[vectors] = {};
            each_vector([&](int b, int v) {
                Whole label;
                std::memcpy(&label, tile_.labels.get() + b, sizeof label);
                const Vec<T> w = label == Whole{} + k ? load<T>(weights_.get() + b) : Vec<T>{};
                store<T>(masked_.get() + b, w);
                count[v] += w;
            });
            sums.counts[k] += sum_of(count);
            for (std::int64_t j = 0; j < d_; ++j) {
                const T c = static_cast<T>(task_.centres[k * d_ + j]);
                const T* x = tile_.x.get() + j * pitch<T>(tile_.width);
                Vec<T> first[vectors] = {};
                each_vector([&](int b, int v) {
                    first[v] += load<T>(masked_.get() + b) * (load<T>(x + b) - c);
                });
                sums.sums[k * d_ + j] += sum_of(first);
            }
        }
    }

    // Vectors take turns among several sums, so that none waits for the one before.
    template <class F>
    void each_vector(F f) const {
        for (int b = 0; b < tile_.width; b += vectors * lanes)
            for (int v = 0; v < vectors; ++v) f(b + v * lanes, v);
    }

    static T sum_of(const Vec<T> (&parts)[vectors]) {
        Vec<T> total = parts[0];
        for (int v = 1; v < vectors; ++v) total += parts[v];
        return sum<T>(total);
    }

    // Many clusters: each row to its own sum, from where its features lie close together.
    void add_scattered(std::int64_t row, int n, Sums& sums) {
        const std::int64_t stride = task_.rows.row_stride;
        if (task_.rows.feature_stride == 1)
            add_rows(static_cast<const Row*>(task_.rows.data) + row * stride, n, stride, 1, sums);
        else
            add_rows(tile_.x.get(), n, 1, pitch<T>(tile_.width), sums);
    }

    template <class In>
    void add_rows(const In* x, int n, std::int64_t stride, std::int64_t feature_stride,
                  Sums& sums) {
        for (int b = 0; b < n; ++b, x += stride) {
            const T w = weights_[b];
            const double* c = task_.centres + tile_.labels[b] * d_;
            double* __restrict to = sums.sums + tile_.labels[b] * d_;
            sums.counts[tile_.labels[b]] += w;
            if (feature_stride == 1)
                for (std::int64_t j = 0; j < d_; ++j) to[j] += w * (x[j] - c[j]);
            else
                for (std::int64_t j = 0; j < d_; ++j) to[j] += w * (x[j * feature_stride] - c[j]);
        }
    }

    const Task& task_;
    std::int64_t k_, d_;
    NearestTile tile_;
    Buffer<T> weights_, masked_;
};

}  // namespace mixtura::MIXTURA_ISA
