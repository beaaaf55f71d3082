// First stage: squared Mahalanobis distances of a tile's rows to one component, from residuals
// y = x - c. Dense: z = W y with W lower triangular, in register tiles of 6 outputs by 4 vectors.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr int outputs = 6;
constexpr int vectors = 4;

// residuals[j] = x[j] - c[j] for all lanes.
template <class T>
void subtract(const T* x, const double* centre, int width, std::int64_t d, T* y) {
    for (std::int64_t j = 0; j < d; ++j) {
        const T c = static_cast<T>(centre[j]);
        const T* in = x + j * width;
        T* out = y + j * width;
        for (int b = 0; b < width; b += Lanes<T>::n)
            store<T>(out + b, load<T>(in + b) - c);
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

// Adds to `total` the squares of `Height` outputs for four vectors of lanes.
template <class T, int Height>
inline const T* add_squares(const T* packed, const T* y, int width, std::int64_t n_inputs,
                            Vec<T> (&total)[vectors]) {
    constexpr int n = Lanes<T>::n;
    Vec<T> z[Height][vectors] = {};
    for (std::int64_t i = 0; i < n_inputs; ++i) {
        Vec<T> in[vectors];
        for (int v = 0; v < vectors; ++v) in[v] = load<T>(y + i * width + v * n);
        for (int o = 0; o < Height; ++o)
            for (int v = 0; v < vectors; ++v) z[o][v] += packed[o] * in[v];
        packed += Height;
    }
    for (int o = 0; o < Height; ++o)
        for (int v = 0; v < vectors; ++v) total[v] += z[o][v] * z[o][v];
    return packed;
}

template <class T>
void dense_distances(const T* packed_factor, const T* y, int width, std::int64_t d, T* distances) {
    constexpr int n = Lanes<T>::n;
    for (int b = 0; b < width; b += vectors * n) {
        Vec<T> total[vectors] = {};
        const T* packed = packed_factor;
        const T* lanes = y + b;
        for (std::int64_t j0 = 0; j0 < d; j0 += outputs) {
            const std::int64_t last = std::min<std::int64_t>(j0 + outputs, d);
            switch (last - j0) {
                case 6: packed = add_squares<T, 6>(packed, lanes, width, last, total); break;
                case 5: packed = add_squares<T, 5>(packed, lanes, width, last, total); break;
                case 4: packed = add_squares<T, 4>(packed, lanes, width, last, total); break;
                case 3: packed = add_squares<T, 3>(packed, lanes, width, last, total); break;
                case 2: packed = add_squares<T, 2>(packed, lanes, width, last, total); break;
                default: packed = add_squares<T, 1>(packed, lanes, width, last, total); break;
            }
        }
        for (int v = 0; v < vectors; ++v) store<T>(distances + b + v * n, total[v]);
    }
}

// Diagonal and spherical: z_j = (x_j - c_j) / sigma_j, summed in registers for four vectors of lanes;
// `step` is 0 where all features have one scale.
template <class T>
void scaled_distances(const double* scales, int step, const T* x, const double* centre, int width,
                      std::int64_t d, T* distances) {
    constexpr int n = Lanes<T>::n;
    for (int b = 0; b < width; b += vectors * n) {
        Vec<T> total[vectors] = {};
        for (std::int64_t j = 0; j < d; ++j) {
            const T c = static_cast<T>(centre[j]), scale = static_cast<T>(scales[j * step]);
            for (int v = 0; v < vectors; ++v) {
                const Vec<T> z = (load<T>(x + j * width + b + v * n) - c) * scale;
                total[v] += z * z;
            }
        }
        for (int v = 0; v < vectors; ++v) store<T>(distances + b + v * n, total[v]);
    }
}

}  // namespace mixtura::MIXTURA_ISA
