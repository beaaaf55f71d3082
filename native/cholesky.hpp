// Cholesky factors of small matrices and their inverses, row-major. A stack of them costs one call
// instead of two of LAPACK's for each; large ones are left to LAPACK, which works in blocks.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace mixtura {

// L with A = L L^T into the lower triangle of `l`, zeros above it. False where a pivot is lost in the
// rounding of its own diagonal entry, or is not a number. Only the lower triangle of A is read.
inline bool cholesky(const double* a, std::int64_t d, double* l) {
    const double rounding = 2 * double(d) * std::numeric_limits<double>::epsilon();
    for (std::int64_t i = 0; i < d; ++i) {
        double* row = l + i * d;
        for (std::int64_t j = 0; j <= i; ++j) {
            const double* other = l + j * d;
            double rest = a[i * d + j];
            for (std::int64_t m = 0; m < j; ++m) rest -= row[m] * other[m];
            if (j < i) {
                row[j] = rest / other[j];
            } else {
                if (!(rest > rounding * a[i * d + i] && std::isfinite(rest))) return false;
                row[i] = std::sqrt(rest);
            }
        }
        for (std::int64_t j = i + 1; j < d; ++j) row[j] = 0;
    }
    return true;
}

// W = L^-1 in place of L, column by column from the last: below the diagonal, a column of W is
// -W' L_column / L_jj with W' the columns that are done.
inline void invert_lower(double* l, std::int64_t d) {
    for (std::int64_t j = d; j-- > 0;) {
        const double pivot = 1 / l[j * d + j];
        l[j * d + j] = pivot;
        for (std::int64_t i = d; i-- > j + 1;) {
            double total = 0;
            for (std::int64_t m = j + 1; m <= i; ++m) total += l[i * d + m] * l[m * d + j];
            l[i * d + j] = -pivot * total;
        }
    }
}

}  // namespace mixtura
