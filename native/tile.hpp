// Rows as a tile: transposed to (features, lanes), so that each row is one lane and every operation
// over rows is a vector operation.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "problem.hpp"
#include "simd.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr std::align_val_t alignment{64};

struct Free {
    void operator()(void* p) const { ::operator delete(p, alignment); }
};

template <class T>
using Buffer = std::unique_ptr<T[], Free>;

// Aligned for vectors, and not touched: pages that are never written to take no memory.
template <class T>
Buffer<T> uninitialized(std::size_t n) {
    return Buffer<T>(static_cast<T*>(::operator new(n * sizeof(T), alignment)));
}

template <class T>
Buffer<T> zeros(std::size_t n) {
    Buffer<T> buffer = uninitialized<T>(n);
    std::memset(buffer.get(), 0, n * sizeof(T));
    return buffer;
}

// From one feature of a tile to the next: a cache line more than the lanes, since powers of two would
// put all features into the same few sets of the first-level cache.
template <class T>
constexpr std::int64_t pitch(std::int64_t width) {
    return width + 64 / static_cast<std::int64_t>(sizeof(T));
}

// tile[j * pitch + b] = feature j of row(b); lanes beyond `n` repeat the last row. `width` is a
// multiple of the lanes of a vector.
template <class Row, class T, class RowOf>
inline void transpose(const Rows& rows, RowOf row_of, int n, int width, std::int64_t d, T* tile) {
    constexpr int lanes = Lanes<T>::n;
    const std::int64_t step = rows.feature_stride;
    for (int b = 0; b < width; b += lanes) {
        const Row* from[lanes];
        for (int i = 0; i < lanes; ++i)
            from[i] = static_cast<const Row*>(rows.data) +
                      row_of(std::min(b + i, n - 1)) * rows.row_stride;
        T* out = tile + b;
        std::int64_t j = 0;
        if constexpr (std::is_same_v<Row, T>) {
            for (; step == 1 && j + lanes <= d; j += lanes) {
                Vec<T> square[lanes];
                for (int i = 0; i < lanes; ++i) square[i] = load<T>(from[i] + j);
                transpose_square<T>(square);
                for (int i = 0; i < lanes; ++i) store<T>(out + (j + i) * pitch<T>(width), square[i]);
            }
        }
        for (; j < d; ++j)
            for (int i = 0; i < lanes; ++i)
                out[j * pitch<T>(width) + i] = static_cast<T>(from[i][j * step]);
    }
}

}  // namespace mixtura::MIXTURA_ISA
