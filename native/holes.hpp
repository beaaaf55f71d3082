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

// Where the second moments of features i and j of component k are summed; i >= j.
inline double* place(const Task& task, std::int64_t k, std::int64_t i, std::int64_t j, Sums& sums) {
    const std::int64_t d = task.mixture.n_features;
    switch (task.need) {
        case Need::trace: return sums.scatter + k;
        case Need::diagonal: return sums.scatter + k * d + i;
        case Need::pooled: return sums.scatter + i * d + j;
        default: return sums.scatter + (k * d + i) * d + j;
    }
}

}  // namespace mixtura::MIXTURA_ISA
