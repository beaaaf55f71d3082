// First stage for few factors and noise: with u = (x - c) / noise deviations and U of orthonormal
// columns, t = U^T u and the distance is |u - U t|^2 + sum_r t_r^2 / (1 + D_r^2), a sum of squares.
// A component's factors are a matrix (1 + m, 1 + d): the logarithm and the inverse noise deviations
// first, then 1 / (1 + D_r^2) and the column U_r for each axis.
#pragma once

#include "distance.hpp"

namespace mixtura::MIXTURA_ISA {

// A matrix of n_outputs by n_inputs, packed for the register tiles: for every six outputs, input
// after input.
template <class T, class Entry>
void pack_outputs(std::int64_t n_outputs, std::int64_t n_inputs, T* packed, const Entry& entry) {
    for (std::int64_t j0 = 0; j0 < n_outputs; j0 += outputs)
        for (std::int64_t i = 0; i < n_inputs; ++i)
            for (std::int64_t j = j0; j < std::min<std::int64_t>(j0 + outputs, n_outputs); ++j)
                *packed++ = static_cast<T>(entry(j, i));
}

// take(output, vector, value) of all outputs of a packed matrix, for V vectors of lanes.
template <class T, int V, class Take>
void multiply_packed(const T* packed, const T* y, int width, std::int64_t n_outputs,
                     std::int64_t n_inputs, const Take& take) {
    for (std::int64_t j0 = 0; j0 < n_outputs; j0 += outputs)
        packed = multiply_group<T, V, false>(packed, y, width, n_inputs, j0,
                                             std::min<std::int64_t>(j0 + outputs, n_outputs), take);
}

template <class T>
class LowRankDistances {
public:
    explicit LowRankDistances(const Mixture& mixture)
        : m_(mixture),
          d_(m_.n_features),
          q_(m_.n_axes),
          u_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          t_(uninitialized<T>(q_ * pitch<T>(tile_rows(d_)))),
          along_(uninitialized<T>(n_stored() * q_ * d_)),
          across_(uninitialized<T>(n_stored() * q_ * d_)) {
        for (std::int64_t k = 0; k < n_stored(); ++k) {
            const double* axes = factor(k) + (1 + d_) + 1;
            const auto entry = [=](std::int64_t r, std::int64_t j) { return axes[r * (1 + d_) + j]; };
            pack_outputs<T>(q_, d_, along_.get() + k * q_ * d_, entry);
            pack_outputs<T>(d_, q_, across_.get() + k * q_ * d_,
                            [=](std::int64_t j, std::int64_t r) { return entry(r, j); });
        }
    }

    void distances(std::int64_t k, const T* x, int width, T* out) {
        const std::int64_t stored = m_.shared ? 0 : k;
        scale(factor(stored) + 1, m_.means + k * d_, x, width);
        const double* shrunk = factor(stored) + (1 + d_);
        for_lanes<T>(width, [&](auto at_once, int b) {
            constexpr int V = at_once, n = Lanes<T>::n;
            Vec<T> total[V] = {};
            multiply_packed<T, V>(along_.get() + stored * q_ * d_, u_.get() + b, width, q_, d_,
                                  [&](std::int64_t r, int v, Vec<T> t) {
                                      store<T>(t_.get() + r * pitch<T>(width) + b + v * n, t);
                                      total[v] += t * t * static_cast<T>(shrunk[r * (1 + d_)]);
                                  });
            multiply_packed<T, V>(across_.get() + stored * q_ * d_, t_.get() + b, width, d_, q_,
                                  [&](std::int64_t j, int v, Vec<T> z) {
                                      const T* u = u_.get() + j * pitch<T>(width) + b + v * n;
                                      const Vec<T> e = load<T>(u) - z;
                                      total[v] += e * e;
                                  });
            for (int v = 0; v < V; ++v) store<T>(out + b + v * n, total[v]);
        });
    }

private:
    std::int64_t n_stored() const { return m_.shared ? 1 : m_.n_components; }
    const double* factor(std::int64_t k) const { return m_.factors + k * (1 + q_) * (1 + d_); }

    void scale(const double* scales, const double* mean, const T* x, int width) {
        for (std::int64_t j = 0; j < d_; ++j) {
            const Centre<T> c(mean[j]);
            const T s = static_cast<T>(scales[j]);
            for (int b = 0; b < width; b += Lanes<T>::n)
                store<T>(u_.get() + j * pitch<T>(width) + b,
                         c.residual(load<T>(x + j * pitch<T>(width) + b)) * s);
        }
    }

    const Mixture& m_;
    std::int64_t d_, q_;
    Buffer<T> u_, t_, along_, across_;
};

}  // namespace mixtura::MIXTURA_ISA
