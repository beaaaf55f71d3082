// First stage: squared Mahalanobis distances of a tile's rows to one component, from residuals
// y = x - c. Dense: z = W y with W lower triangular, in register tiles of 6 outputs by 4 vectors.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr int outputs = 6;
constexpr int vectors = has_32_registers ? 4 : 2;

// y = x - c for one feature. In float c is the sum of two, so that an offset costs no digits.
template <class T>
struct Centre {
    T high, low;

    explicit Centre(double c) : high(static_cast<T>(c)), low(static_cast<T>(c - high)) {}

    Vec<T> residual(Vec<T> x) const {
        if constexpr (sizeof(T) == sizeof(double)) return x - high;
        return (x - high) - low;
    }
};

// residuals[j] = x[j] - c[j] for all lanes.
template <class T>
void subtract(const T* x, const double* centre, int width, std::int64_t d, T* y) {
    for (std::int64_t j = 0; j < d; ++j) {
        const Centre<T> c(centre[j]);
        const T* in = x + j * pitch<T>(width);
        T* out = y + j * pitch<T>(width);
        for (int b = 0; b < width; b += Lanes<T>::n)
            store<T>(out + b, c.residual(load<T>(in + b)));
    }
}

// W packed for the register tiles: for every six rows, column after column, six numbers each.
template <class T>
void pack_lower(const double* factor, std::int64_t d, T* packed) {
    for (std::int64_t j0 = 0; j0 < d; j0 += outputs) {
        const int height = static_cast<int>(std::min<std::int64_t>(outputs, d - j0));
        for (std::int64_t i = 0; i < j0 + height; ++i)
            for (int o = 0; o < height; ++o)
                *packed++ = i <= j0 + o ? static_cast<T>(factor[(j0 + o) * d + i]) : T(0);
    }
}

inline std::int64_t packed_size(std::int64_t d) {
    std::int64_t size = 0;
    for (std::int64_t j0 = 0; j0 < d; j0 += outputs) {
        const std::int64_t height = std::min<std::int64_t>(outputs, d - j0);
        size += (j0 + height) * height;
    }
    return size;
}

// Calls f with how many vectors to take at once, and the first lane, until all lanes are taken.
template <class T, class F>
inline void for_lanes(int width, const F& f) {
    int b = 0;
    for (; b + vectors * Lanes<T>::n <= width; b += vectors * Lanes<T>::n)
        f(std::integral_constant<int, vectors>(), b);
    for (; b < width; b += Lanes<T>::n) f(std::integral_constant<int, 1>(), b);
}

// `Height` outputs of M y for V vectors of lanes, given to `take`. Where M is lower triangular, the
// last inputs are those of the outputs themselves, and what lies above the diagonal is left out.
template <class T, int V, int Height, bool is_lower, class Take>
inline const T* multiply_rows(const T* packed, const T* y, int width, std::int64_t n_inputs,
                              std::int64_t first_output, const Take& take) {
    constexpr int n = Lanes<T>::n;
    Vec<T> z[Height][V];
#pragma GCC unroll 6
    for (int o = 0; o < Height; ++o)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) z[o][v] = Vec<T>{};
    const auto add_input = [&](int first) {
        for (int v = 0; v < V; ++v) {
            const Vec<T> in = load<T>(y + v * n);
            for (int o = first; o < Height; ++o) z[o][v] += packed[o] * in;
        }
        y += pitch<T>(width);
        packed += Height;
    };
    const std::int64_t n_full = is_lower ? n_inputs - Height : n_inputs;
    for (std::int64_t i = 0; i < n_full; ++i) add_input(0);
    if constexpr (is_lower) {
#pragma GCC unroll 6
        for (int i = 0; i < Height; ++i) add_input(i);
    }
    for (int o = 0; o < Height; ++o)
        for (int v = 0; v < V; ++v) take(first_output + o, v, z[o][v]);
    return packed;
}

// The same of at most six outputs, from first to last.
template <class T, int V, bool is_lower, class Take>
inline const T* multiply_group(const T* packed, const T* y, int width, std::int64_t n_inputs,
                               std::int64_t first, std::int64_t last, const Take& take) {
    switch (last - first) {
        case 6: return multiply_rows<T, V, 6, is_lower>(packed, y, width, n_inputs, first, take);
        case 5: return multiply_rows<T, V, 5, is_lower>(packed, y, width, n_inputs, first, take);
        case 4: return multiply_rows<T, V, 4, is_lower>(packed, y, width, n_inputs, first, take);
        case 3: return multiply_rows<T, V, 3, is_lower>(packed, y, width, n_inputs, first, take);
        case 2: return multiply_rows<T, V, 2, is_lower>(packed, y, width, n_inputs, first, take);
        default: return multiply_rows<T, V, 1, is_lower>(packed, y, width, n_inputs, first, take);
    }
}

// The first h outputs of W y, for V vectors of lanes; h is a multiple of `outputs`, or d.
template <class T, int V, class Take>
inline void multiply_lower(const T* packed, const T* y, int width, std::int64_t h,
                           const Take& take) {
    for (std::int64_t j0 = 0; j0 < h; j0 += outputs) {
        const std::int64_t last = std::min<std::int64_t>(j0 + outputs, h);
        packed = multiply_group<T, V, true>(packed, y, width, last, j0, last, take);
    }
}

// distances = the sum of the first h squares of W y.
template <class T>
void dense_distances(const T* packed, const T* y, int width, std::int64_t h, T* distances) {
    for_lanes<T>(width, [&](auto at_once, int b) {
        constexpr int V = at_once;
        Vec<T> total[V] = {};
        multiply_lower<T, V>(packed, y + b, width, h,
                             [&](std::int64_t, int v, Vec<T> z) { total[v] += z * z; });
        for (int v = 0; v < V; ++v) store<T>(distances + b + v * Lanes<T>::n, total[v]);
    });
}

// z = the first h outputs of W y.
template <class T>
void whiten(const T* packed, const T* y, int width, std::int64_t h, T* whitened) {
    for_lanes<T>(width, [&](auto at_once, int b) {
        multiply_lower<T, at_once>(
            packed, y + b, width, h, [&](std::int64_t j, int v, Vec<T> z) {
                store<T>(whitened + j * pitch<T>(width) + b + v * Lanes<T>::n, z);
            });
    });
}

// distances = the sum over the first h features of the squares of residual(j, lanes of feature j).
template <class T, class Residual>
void squares(const T* x, int width, std::int64_t h, T* distances, const Residual& residual) {
    for_lanes<T>(width, [&](auto at_once, int b) {
        constexpr int V = at_once, n = Lanes<T>::n;
        Vec<T> total[V] = {};
        for (std::int64_t j = 0; j < h; ++j)
            for (int v = 0; v < V; ++v) {
                const Vec<T> z = residual(j, load<T>(x + j * pitch<T>(width) + b + v * n));
                total[v] += z * z;
            }
        for (int v = 0; v < V; ++v) store<T>(distances + b + v * n, total[v]);
    });
}

// Diagonal and spherical: z_j = (x_j - c_j) / sigma_j; `step` is 0 where all features have one scale.
template <class T>
void scaled_distances(const double* scales, int step, const T* x, const double* centre, int width,
                      std::int64_t h, T* distances) {
    squares<T>(x, width, h, distances, [=](std::int64_t j, Vec<T> in) {
        return Centre<T>(centre[j]).residual(in) * static_cast<T>(scales[j * step]);
    });
}

// Whitened rows and centres: z_j - c_j.
template <class T>
void plain_distances(const T* z, const T* centre, int width, std::int64_t h, T* distances) {
    squares<T>(z, width, h, distances,
               [=](std::int64_t j, Vec<T> in) { return in - centre[j]; });
}

}  // namespace mixtura::MIXTURA_ISA
