// A tile of rows with missing entries, which are NaN, and what all passes over such tiles share.
#pragma once

#include <cmath>

#include "answers.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr double half_log_2pi = 0.91893853320467274178;

struct Holes {
    const double* x;  // (features, lanes)
    int n;            // rows
    int width;        // lanes, a multiple of those of a vector

    Vec<double> at(std::int64_t j, int b) const { return load<double>(x + j * pitch<double>(width) + b); }
};

// y = x - c, and 0 where x is missing.
inline void subtract_observed(const Holes& tile, const double* centre, std::int64_t d, double* y) {
    for (std::int64_t j = 0; j < d; ++j)
        for (int b = 0; b < tile.width; b += Lanes<double>::n) {
            const Vec<double> x = tile.at(j, b);
            store<double>(y + j * pitch<double>(tile.width) + b,
                          x == x ? x - centre[j] : Vec<double>{});
        }
}

// Where the second moments of features i and j of component k are summed, unless they are projected;
// i >= j.
inline double* place(const Task& task, std::int64_t k, std::int64_t i, std::int64_t j, Sums& sums) {
    const std::int64_t d = task.mixture.n_features;
    switch (task.need) {
        case Need::trace: return sums.scatter + k;
        case Need::diagonal: return sums.scatter + k * d + i;
        case Need::pooled: return sums.scatter + i * d + j;
        default: return sums.scatter + (k * d + i) * d + j;
    }
}

// r sigma_j^2 for each feature j that is missing, where these vary independently.
template <class Variance>
void add_variances(const Task& task, std::int64_t k, const Holes& tile, const double* w,
                   const Variance& variance, Sums& sums) {
    const std::int64_t d = task.mixture.n_features, q = task.n_projections;
    for (std::int64_t j = 0; j < d; ++j) {
        Vec<double> total{};
        for (int b = 0; b < tile.width; b += Lanes<double>::n) {
            const Vec<double> x = tile.at(j, b);
            total += x == x ? Vec<double>{} : load<double>(w + b);
        }
        const double r = sum<double>(total);
        if (r == 0) continue;
        if (task.need != Need::projected) {
            *place(task, k, j, j, sums) += r * variance(j);
            continue;
        }
        double* to = sums.scatter + k * (1 + q) * d + j;
        const double* onto = task.projections + k * q * d + j;
        *to += r * variance(j);
        for (std::int64_t i = 0; i < q; ++i) to[(1 + i) * d] += onto[i * d] * r * variance(j);
    }
}

// So many rows that what is kept of them, these numbers for each vector of lanes, stays in the
// second-level cache.
inline std::int64_t rows_in_cache(std::int64_t n_features, std::int64_t numbers) {
    constexpr std::int64_t cache = (std::int64_t(1) << 20) / sizeof(double);
    if (numbers == 0) return tile_rows(n_features);
    return std::max<std::int64_t>(cache / numbers, 1) * Lanes<double>::n;
}

}  // namespace mixtura::MIXTURA_ISA
