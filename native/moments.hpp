// Last stage: the moments of a tile's rows for one component. The scatter is a register tile of
// 4 by 6 dot products over the rows, of the lower triangle only.
#pragma once

#include "distance.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr int tile_height = 4;
constexpr int tile_width = 6;

// scatter[i][j] += sum over lanes of a_i b_j, for Height rows of a and Width rows of b.
template <class T, int Height, int Width>
void add_dots(const T* a, const T* b, int width, double* scatter, std::int64_t d) {
    Vec<T> dots[Height][Width] = {};
    for (int lane = 0; lane < width; lane += Lanes<T>::n) {
        Vec<T> left[Height];
        for (int i = 0; i < Height; ++i) left[i] = load<T>(a + i * width + lane);
        for (int j = 0; j < Width; ++j) {
            const Vec<T> right = load<T>(b + j * width + lane);
            for (int i = 0; i < Height; ++i) dots[i][j] += left[i] * right;
        }
    }
    for (int i = 0; i < Height; ++i)
        for (int j = 0; j < Width; ++j) scatter[i * d + j] += sum<T>(dots[i][j]);
}

template <class T, int Height>
void add_dots_of_width(int w, const T* a, const T* b, int width, double* scatter, std::int64_t d) {
    switch (w) {
        case 6: return add_dots<T, Height, 6>(a, b, width, scatter, d);
        case 5: return add_dots<T, Height, 5>(a, b, width, scatter, d);
        case 4: return add_dots<T, Height, 4>(a, b, width, scatter, d);
        case 3: return add_dots<T, Height, 3>(a, b, width, scatter, d);
        case 2: return add_dots<T, Height, 2>(a, b, width, scatter, d);
        default: return add_dots<T, Height, 1>(a, b, width, scatter, d);
    }
}

// sums[j] += sum w y_j and scatter[i][j] += sum w y_i y_j for j <= i. `weighted` holds 4 rows.
template <class T>
void add_dense_moments(const T* w, const T* y, int width, std::int64_t d, T* weighted, double* sums,
                       double* scatter) {
    constexpr int n = Lanes<T>::n;
    for (std::int64_t i0 = 0; i0 < d; i0 += tile_height) {
        const int height = static_cast<int>(std::min<std::int64_t>(tile_height, d - i0));
        for (int i = 0; i < height; ++i) {
            Vec<T> total{};
            for (int b = 0; b < width; b += n) {
                const Vec<T> wy = load<T>(w + b) * load<T>(y + (i0 + i) * width + b);
                store<T>(weighted + i * width + b, wy);
                total += wy;
            }
            sums[i0 + i] += sum<T>(total);
        }
        const std::int64_t end = i0 + height;
        for (std::int64_t j0 = 0; j0 < end; j0 += tile_width) {
            const int w6 = static_cast<int>(std::min<std::int64_t>(tile_width, end - j0));
            double* to = scatter + i0 * d + j0;
            const T* right = y + j0 * width;
            switch (height) {
                case 4: add_dots_of_width<T, 4>(w6, weighted, right, width, to, d); break;
                case 3: add_dots_of_width<T, 3>(w6, weighted, right, width, to, d); break;
                case 2: add_dots_of_width<T, 2>(w6, weighted, right, width, to, d); break;
                default: add_dots_of_width<T, 1>(w6, weighted, right, width, to, d); break;
            }
        }
    }
}

// sums[j] += sum w y_j and scatter[j * step] += sum w y_j^2; step 0 adds all features up.
template <class T>
void add_diagonal_moments(const T* w, const T* x, const double* centre, int width, std::int64_t d,
                          double* sums, double* scatter, int step) {
    for (std::int64_t j = 0; j < d; ++j) {
        const T c = static_cast<T>(centre[j]);
        Vec<T> first{}, second{};
        for (int b = 0; b < width; b += Lanes<T>::n) {
            const Vec<T> y = load<T>(x + j * width + b) - c;
            const Vec<T> wy = load<T>(w + b) * y;
            first += wy;
            second += wy * y;
        }
        sums[j] += sum<T>(first);
        scatter[j * step] += sum<T>(second);
    }
}

}  // namespace mixtura::MIXTURA_ISA
