// The components that matter for each row of a block: pairs of a row and a value, listed by
// component.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

// A log-density that lies so far below the largest weighs less than the rounding of sums over a
// billion rows: e^-50 = 2e-22, and e^-30 = 1e-13 for float.
template <class T>
constexpr T negligible = sizeof(T) == sizeof(double) ? T(50) : T(30);

template <class T>
class Survivors {
public:
    Survivors(std::int64_t n_components, std::int64_t n_rows)
        : k_(n_components),
          n_rows_(n_rows),
          sizes_(zeros<std::int64_t>(k_)),
          rows_(uninitialized<std::int32_t>(k_ * n_rows)),
          values_(uninitialized<T>(k_ * n_rows)) {}

    void clear() { std::fill_n(sizes_.get(), k_, 0); }
    std::int64_t size(std::int64_t k) const { return sizes_[k]; }
    std::int32_t* rows(std::int64_t k) { return rows_.get() + k * n_rows_; }
    T* values(std::int64_t k) { return values_.get() + k * n_rows_; }

    void push(std::int64_t k, std::int32_t row, T value) {
        const std::int64_t at = k * n_rows_ + sizes_[k]++;
        rows_[at] = row;
        values_[at] = value;
    }

    // From a tile of values (component, lane): those not below their lane's threshold. Returns how
    // many they are.
    std::int64_t push_tile(const T* tile, const T* thresholds, int width, std::int64_t first_row) {
        std::int64_t count = 0;
        for (std::int64_t k = 0; k < k_; ++k) {
            const T* values = tile + k * pitch<T>(width);
            const std::int64_t before = sizes_[k];
            for (int b = 0; b < width; b += Lanes<T>::n) {
                if (!any(load<T>(values + b) >= load<T>(thresholds + b))) continue;
                for (int lane = b; lane < b + Lanes<T>::n; ++lane)
                    if (values[lane] >= thresholds[lane])
                        push(k, static_cast<std::int32_t>(first_row + lane), values[lane]);
            }
            count += sizes_[k] - before;
        }
        return count;
    }

    // How many of a tile's values `push_tile` would take.
    std::int64_t count(const T* tile, const T* thresholds, int width) const {
        typename Lanes<T>::ivec count{};
        for (std::int64_t k = 0; k < k_; ++k)
            for (int b = 0; b < width; b += Lanes<T>::n)
                count -= load<T>(tile + k * pitch<T>(width) + b) >= load<T>(thresholds + b);
        std::int64_t total = 0;
        for (int lane = 0; lane < Lanes<T>::n; ++lane) total += count[lane];
        return total;
    }

    // Component k's values become exp(value - largest of the row).
    void exponentiate(std::int64_t k, const T* largest) {
        const std::int64_t size = sizes_[k];
        for (std::int64_t i = 0; i < size; i += Lanes<T>::n) {
            Vec<T> shift;
            for (int lane = 0; lane < Lanes<T>::n; ++lane)
                shift[lane] = largest[rows(k)[std::min(i + lane, size - 1)]];
            T* at = values(k) + i;
            store<T>(at, exp_nonpositive<T>(load<T>(at) - shift));
        }
    }

    // Keeps the pairs that are not below their row's threshold.
    void drop_below(const T* thresholds) {
        for (std::int64_t k = 0; k < k_; ++k) {
            std::int32_t* row = rows(k);
            T* value = values(k);
            std::int64_t kept = 0;
            for (std::int64_t i = 0; i < sizes_[k]; ++i) {
                row[kept] = row[i];
                value[kept] = value[i];
                kept += value[i] >= thresholds[row[i]];
            }
            sizes_[k] = kept;
        }
    }

private:
    static bool any(typename Lanes<T>::ivec mask) {
        typename Lanes<T>::integer bits = 0;
        for (int lane = 0; lane < Lanes<T>::n; ++lane) bits |= mask[lane];
        return bits != 0;
    }

    std::int64_t k_, n_rows_;
    Buffer<std::int64_t> sizes_;
    Buffer<std::int32_t> rows_;
    Buffer<T> values_;
};

}  // namespace mixtura::MIXTURA_ISA
