// The scatter that components share, pooled over them without a product for each. With cbar_i =
// sum_k r_ik c_k the posterior mean of a row's centre,
//
//   sum_k r_ik (x_i - c_k)(x_i - c_k)^T
//       = (x_i - cbar_i)(x_i - cbar_i)^T + sum_{k<l} r_ik r_il (c_k - c_l)(c_k - c_l)^T,
//
// where the last term needs only the K x K sums of r_ik r_il over the rows. All terms are positive,
// so that nothing cancels, however far apart the clusters lie.
#pragma once

#include "moments.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
class PooledScatter {
public:
    explicit PooledScatter(const Task& task)
        : centres_(task.centres),
          k_(task.mixture.n_components),
          d_(task.mixture.n_features),
          width_(tile_rows(d_)),
          weight_(uninitialized<T>(width_)),
          inverse_(uninitialized<T>(width_)),
          residuals_(uninitialized<T>(d_ * pitch<T>(width_))),
          weighted_(uninitialized<T>(tile_height * pitch<T>(width_))),
          shifts_(uninitialized<T>(d_ * k_)),
          origin_(zeros<double>(d_)),
          pairs_(zeros<double>(k_ * k_)) {
        for (std::int64_t k = 0; k < k_; ++k)
            for (std::int64_t j = 0; j < d_; ++j)
                origin_[j] += centres_[k * d_ + j] / static_cast<double>(k_);
        // (c_k - origin)^T for the register tiles: for every six features, component after component.
        T* packed = shifts_.get();
        for (std::int64_t j0 = 0; j0 < d_; j0 += outputs)
            for (std::int64_t k = 0; k < k_; ++k)
                for (std::int64_t j = j0; j < std::min<std::int64_t>(j0 + outputs, d_); ++j)
                    *packed++ = static_cast<T>(centres_[k * d_ + j] - origin_[j]);
    }

    // Whether it takes less work than a product for each component.
    static bool pays(const Task& task) {
        const std::int64_t k = task.mixture.n_components, d = task.mixture.n_features;
        return task.need == Need::pooled && k * k + d * d + 4 * k * d < k * d * d;
    }

    // From the weighted responsibilities of a tile's rows.
    void add(const T* responsibilities, const T* x, int width, Sums& sums) {
        constexpr int n = Lanes<T>::n;
        for (int b = 0; b < width; b += n) {
            Vec<T> weight{};
            for (std::int64_t k = 0; k < k_; ++k)
                weight += load<T>(responsibilities + k * pitch<T>(width) + b);
            store<T>(weight_.get() + b, weight);
            store<T>(inverse_.get() + b, weight > 0 ? T(1) / weight : Vec<T>{});
        }
        subtract_means(responsibilities, x, width);
        T* weighted = weighted_.get();
        add_products<T>(weight_.get(), residuals_.get(), width, d_, weighted, nullptr, sums.scatter);
        add_products<T>(inverse_.get(), responsibilities, width, k_, weighted, nullptr,
                        pairs_.get());
    }

    // Adds what lies between the centres, and begins again.
    void finish(Sums& sums) {
        for (std::int64_t k = 0; k < k_; ++k)
            for (std::int64_t l = 0; l < k; ++l) {
                const double together = pairs_[k * k_ + l];
                const double *a = centres_ + k * d_, *b = centres_ + l * d_;
                if (together == 0) continue;
                for (std::int64_t i = 0; i < d_; ++i)
                    for (std::int64_t j = 0; j <= i; ++j)
                        sums.scatter[i * d_ + j] += together * (a[i] - b[i]) * (a[j] - b[j]);
            }
        std::fill_n(pairs_.get(), k_ * k_, 0.0);
    }

private:
    // residuals = x - cbar.
    void subtract_means(const T* responsibilities, const T* x, int width) {
        for_lanes<T>(width, [&](auto at_once, int b) {
            const auto take = [&](std::int64_t j, int v, Vec<T> shift) {
                const int lane = b + v * Lanes<T>::n;
                const std::int64_t at = j * pitch<T>(width) + lane;
                const Vec<T> residual = Centre<T>(origin_[j]).residual(load<T>(x + at));
                store<T>(residuals_.get() + at, residual - shift * load<T>(inverse_.get() + lane));
            };
            const T* packed = shifts_.get();
            for (std::int64_t j0 = 0; j0 < d_; j0 += outputs)
                packed = multiply_group<T, at_once, false>(
                    packed, responsibilities + b, width, k_, j0,
                    std::min<std::int64_t>(j0 + outputs, d_), take);
        });
    }

    const double* centres_;
    std::int64_t k_, d_, width_;
    Buffer<T> weight_, inverse_, residuals_, weighted_, shifts_;
    Buffer<double> origin_, pairs_;
};

}  // namespace mixtura::MIXTURA_ISA
