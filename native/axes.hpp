// Principal axes of small symmetric matrices, by Jacobi's rotations: few are needed where the axes of a
// matrix nearly the same are known, as from one iteration of EM to the next.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace mixtura {

constexpr int most_sweeps = 50;  // of what rounding keeps from settling; a handful are usual

// B = L^T A L, of which only the lower triangle of A is read.
inline std::vector<double> seen_along(const double* a, const double* l, std::int64_t d) {
    std::vector<double> product(d * d), b(d * d);
    for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t m = 0; m < d; ++m) {
            const double entry = i < m ? a[m * d + i] : a[i * d + m];
            for (std::int64_t j = 0; j < d; ++j) product[i * d + j] += entry * l[m * d + j];
        }
    for (std::int64_t m = 0; m < d; ++m)
        for (std::int64_t i = 0; i < d; ++i)
            for (std::int64_t j = 0; j < d; ++j) b[i * d + j] += l[m * d + i] * product[m * d + j];
    return b;
}

// The rotation of axes p and q after which b_pq is 0 (Golub and Van Loan, section 8.5).
inline void rotate_pair(std::vector<double>& b, double* l, std::int64_t d, std::int64_t p,
                        std::int64_t q) {
    const double tau = (b[q * d + q] - b[p * d + p]) / (2 * b[p * d + q]);
    const double tangent = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::sqrt(1 + tau * tau));
    const double c = 1 / std::sqrt(1 + tangent * tangent), s = tangent * c;
    auto turn = [c, s](double& x, double& y) {
        const double before = x;
        x = c * before - s * y;
        y = s * before + c * y;
    };
    for (std::int64_t i = 0; i < d; ++i) turn(b[i * d + p], b[i * d + q]);
    for (std::int64_t i = 0; i < d; ++i) turn(b[p * d + i], b[q * d + i]);
    for (std::int64_t i = 0; i < d; ++i) turn(l[i * d + p], l[i * d + q]);
    b[p * d + q] = b[q * d + p] = 0;
}

// A = L diag(values) L^T with values in ascending order. L comes in as axes that are nearly right, and
// goes out as the axes, in its columns. False where an entry is not a number.
inline bool principal_axes(const double* a, std::int64_t d, double* l, double* values) {
    std::vector<double> b = seen_along(a, l, d);
    if (!std::all_of(b.begin(), b.end(), [](double entry) { return std::isfinite(entry); }))
        return false;
    const double eps = std::numeric_limits<double>::epsilon();
    bool turned = true;
    for (int sweep = 0; sweep < most_sweeps && turned; ++sweep) {
        turned = false;
        for (std::int64_t p = 0; p < d; ++p)
            for (std::int64_t q = p + 1; q < d; ++q)
                if (std::abs(b[p * d + q]) > eps * std::sqrt(std::abs(b[p * d + p] * b[q * d + q]))) {
                    rotate_pair(b, l, d, p, q);
                    turned = true;
                }
    }
    std::vector<std::int64_t> order(d);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](std::int64_t i, std::int64_t j) { return b[i * d + i] < b[j * d + j]; });
    const std::vector<double> unsorted(l, l + d * d);
    for (std::int64_t j = 0; j < d; ++j) {
        values[j] = b[order[j] * d + order[j]];
        for (std::int64_t i = 0; i < d; ++i) l[i * d + j] = unsorted[i * d + order[j]];
    }
    return true;
}

}  // namespace mixtura
