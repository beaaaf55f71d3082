// A block of rows as a tile: transposed to (features, lanes), so that each row is one lane and
// every operation over rows is a vector operation.
#pragma once

#include <algorithm>
#include <memory>
#include <new>

#include "problem.hpp"
#include "simd.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr std::align_val_t alignment{64};

struct Free {
    void operator()(void* p) const { ::operator delete(p, alignment); }
};

template <class T>
using Buffer = std::unique_ptr<T[], Free>;

// Zeros, aligned for vectors.
template <class T>
Buffer<T> zeros(std::size_t n) {
    const std::size_t bytes = n * sizeof(T);
    void* p = ::operator new(bytes, alignment);
    std::memset(p, 0, bytes);
    return Buffer<T>(static_cast<T*>(p));
}

// tile[j * width + b] = row first + b, feature j; lanes beyond `n` are zero.
template <class T, class Row>
void transpose(const Rows& rows, std::int64_t first, int n, int width, std::int64_t d, T* tile) {
    const Row* data = static_cast<const Row*>(rows.data) + first * rows.row_stride;
    for (std::int64_t j = 0; j < d; ++j) {
        T* out = tile + j * width;
        const Row* in = data + j * rows.feature_stride;
        for (int b = 0; b < n; ++b) out[b] = static_cast<T>(in[b * rows.row_stride]);
        for (int b = n; b < width; ++b) out[b] = 0;
    }
}

}  // namespace mixtura::MIXTURA_ISA
