// Cholesky factors of small matrices and their inverses, row-major. A stack of them costs one call
// instead of two of LAPACK's for each; large ones are left to LAPACK, which works in blocks.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "twofold.hpp"

namespace mixtura {

// A becomes L with A = L L^T, and zeros above. Only the lower triangle of A is read. False where a
// pivot is lost in the rounding of its own diagonal entry, or is not a number.
template <class Real>
bool factorize(Real* a, std::int64_t d) {
    using std::sqrt;
    const double rounding = 2 * double(d) * std::numeric_limits<double>::epsilon();
    for (std::int64_t i = 0; i < d; ++i) {
        Real* row = a + i * d;
        const double least = rounding * double(row[i]);
        for (std::int64_t j = 0; j <= i; ++j) {
            const Real* other = a + j * d;
            Real rest = row[j];
            for (std::int64_t m = 0; m < j; ++m) rest = rest - row[m] * other[m];
            row[j] = j < i ? rest / other[j] : rest;
        }
        const double pivot = double(row[i]);
        if (!(pivot > least && std::isfinite(pivot))) return false;
        row[i] = sqrt(row[i]);
        for (std::int64_t j = i + 1; j < d; ++j) row[j] = 0;
    }
    return true;
}

// L becomes W = L^-1, column by column from the last: below the diagonal, a column of W is
// -W' L_column / L_jj with W' the columns that are done.
template <class Real>
void invert_lower(Real* l, std::int64_t d) {
    for (std::int64_t j = d; j-- > 0;) {
        const Real inverse = Real(1) / l[j * d + j];
        l[j * d + j] = inverse;
        for (std::int64_t i = d; i-- > j + 1;) {
            Real total = 0;
            for (std::int64_t m = j + 1; m <= i; ++m) total = total + l[i * d + m] * l[m * d + j];
            l[i * d + j] = -inverse * total;
        }
    }
}

// A becomes W = L^-1.
inline bool inverse_cholesky(double* a, std::int64_t d) {
    if (!factorize(a, d)) return false;
    invert_lower(a, d);
    return true;
}

// The same with twice the digits in between, so that every entry of W is right nearly to the last
// bit. Rows and columns are scaled by powers of two first, so that nothing over- or underflows.
inline bool accurate_inverse_cholesky(double* a, std::int64_t d) {
    std::vector<Twofold> work(d * d);
    std::vector<int> half(d);
    for (std::int64_t i = 0; i < d; ++i) {
        const double variance = a[i * d + i];
        if (!(variance > 0 && std::isfinite(variance))) return false;
        half[i] = std::ilogb(variance) / 2;
        for (std::int64_t j = 0; j <= i; ++j)
            work[i * d + j] = std::ldexp(a[i * d + j], -half[i] - half[j]);
    }
    if (!factorize(work.data(), d)) return false;
    invert_lower(work.data(), d);
    for (std::int64_t i = 0; i < d * d; ++i)
        a[i] = std::ldexp(double(work[i]), -half[i % d]);
    return true;
}

}  // namespace mixtura
