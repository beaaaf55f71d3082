// Last stage for factor analyzers: of the second moments only the diagonal, and the products of
// features with the projections p = B y onto the factors; see mixtura/moments/projected.py.
#pragma once

#include "low_rank.hpp"
#include "moments.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
class ProjectedMoments {
public:
    explicit ProjectedMoments(const Task& task)
        : task_(task),
          k_(task.mixture.n_components),
          d_(task.mixture.n_features),
          q_(task.n_projections),
          y_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          p_(uninitialized<T>(q_ * pitch<T>(tile_rows(d_)))),
          packed_(uninitialized<T>(k_ * q_ * d_)) {
        for (std::int64_t k = 0; k < k_; ++k) {
            const double* onto = task.projections + k * q_ * d_;
            pack_outputs<T>(q_, d_, packed_.get() + k * q_ * d_,
                            [=](std::int64_t r, std::int64_t j) { return onto[r * d_ + j]; });
        }
    }

    // Component k with weights w for the rows of a tile.
    void add(std::int64_t k, const T* w, const T* x, int width, Sums& sums) {
        const double* centre = task_.centres + k * d_;
        double* scatter = sums.scatter + k * (1 + q_) * d_;
        Vec<T> count{};
        for (int b = 0; b < width; b += Lanes<T>::n) count += load<T>(w + b);
        sums.counts[k] += sum<T>(count);
        add_squares<T>(w, x, centre, width, d_, sums.sums + k * d_, scatter, 1);
        if (q_ == 0) return;
        subtract<T>(x, centre, width, d_, y_.get());
        add_products(k, w, y_.get(), width, scatter + d_);
    }

    // scatter (q, d) += sum w p y^T, of residuals y.
    void add_products(std::int64_t k, const T* w, const T* y, int width, double* scatter) {
        project(packed_.get() + k * q_ * d_, w, y, width);
        for (std::int64_t r = 0; r < q_; r += tile_height)
            add_rows(r, y, width, scatter + r * d_);
    }

private:
    // p = w B y.
    void project(const T* packed, const T* w, const T* y, int width) {
        for_lanes<T>(width, [&](auto at_once, int b) {
            multiply_packed<T, at_once>(packed, y + b, width, q_, d_,
                                        [&](std::int64_t r, int v, Vec<T> z) {
                                            const int lane = b + v * Lanes<T>::n;
                                            store<T>(p_.get() + r * pitch<T>(width) + lane,
                                                     z * load<T>(w + lane));
                                        });
        });
    }

    void add_rows(std::int64_t r, const T* y, int width, double* scatter) {
        const T* p = p_.get() + r * pitch<T>(width);
        switch (std::min<std::int64_t>(tile_height, q_ - r)) {
            case 6: return add_features<6>(p, y, width, scatter);
            case 5: return add_features<5>(p, y, width, scatter);
            case 4: return add_features<4>(p, y, width, scatter);
            case 3: return add_features<3>(p, y, width, scatter);
            case 2: return add_features<2>(p, y, width, scatter);
            default: return add_features<1>(p, y, width, scatter);
        }
    }

    template <int Height>
    void add_features(const T* p, const T* y, int width, double* scatter) {
        std::int64_t j = 0;
        for (; j + tile_width <= d_; j += tile_width)
            add_dots<T, Height, tile_width, false>(p, y + j * pitch<T>(width), width, scatter + j, d_);
        for (; j < d_; ++j)
            add_dots<T, Height, 1, false>(p, y + j * pitch<T>(width), width, scatter + j, d_);
    }

    const Task& task_;
    std::int64_t k_, d_, q_;
    Buffer<T> y_, p_, packed_;
};

}  // namespace mixtura::MIXTURA_ISA
