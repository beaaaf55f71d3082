// Cholesky factors of small matrices, one in each lane: of the rows and columns that a lane chooses from
// one symmetric matrix. A = R^T R, with the upper triangle R kept in lines and 1 / R_ii on its diagonal.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

class LaneFactors {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    // Numbers in a triangle of m lines.
    static constexpr std::int64_t size(std::int64_t m) { return m * (m + 1) / 2 * lanes; }

    LaneFactors(T* triangle, std::int64_t m) : triangle_(triangle), m_(m) {}

    // Entry (i, j), i <= j.
    T* at(std::int64_t i, std::int64_t j) const {
        return triangle_ + (i * m_ - i * (i - 1) / 2 + j - i) * lanes;
    }

    // Of the matrix (d, d) a lane takes the rows and columns chosen[i * lanes + lane], i < m; the matrix's
    // diagonal has the logarithms `logs`. Returns log |R| = log |A| / 2.
    Vec<T> factor(const double* matrix, const double* logs, std::int64_t d,
                  const std::int64_t* chosen) const {
        Vec<T> log_det{}, shares = broadcast<T>(1);  // of a pivot in its diagonal entry
        for (std::int64_t i = 0; i < m_; ++i) {
            const std::int64_t* rows = chosen + i * lanes;
            const Vec<T> whole = entries(matrix, d, rows, rows);
            Vec<T> pivot = whole;
            for (std::int64_t p = 0; p < i; ++p) pivot -= load<T>(at(p, i)) * load<T>(at(p, i));
            pivot = maximum<T>(pivot, whole * smallest_share);  // never lost in rounding
            const Vec<T> inverse = T(1) / square_root<T>(pivot);
            store<T>(at(i, i), inverse);
            for (std::int64_t j = i + 1; j < m_; ++j) {
                Vec<T> rest = entries(matrix, d, rows, chosen + j * lanes);
                for (std::int64_t p = 0; p < i; ++p) rest -= load<T>(at(p, i)) * load<T>(at(p, j));
                store<T>(at(i, j), rest * inverse);
            }
            shares *= pivot / whole;
            for (int lane = 0; lane < lanes; ++lane) log_det[lane] += 0.5 * logs[rows[lane]];
            if (i % logs_apart == logs_apart - 1 || i == m_ - 1) {
                log_det += T(0.5) * log_positive<T>(shares);
                shares = broadcast<T>(1);
            }
        }
        return log_det;
    }

    // x (m vectors) becomes R^-T x; returns |R^-T x|^2 = x A^-1 x.
    Vec<T> solve_transposed(T* x) const {
        Vec<T> squares{};
        for (std::int64_t i = 0; i < m_; ++i) {
            Vec<T> rest = load<T>(x + i * lanes);
            for (std::int64_t p = 0; p < i; ++p) rest -= load<T>(at(p, i)) * load<T>(x + p * lanes);
            rest *= load<T>(at(i, i));
            squares += rest * rest;
            store<T>(x + i * lanes, rest);
        }
        return squares;
    }

    // x becomes R^-1 x, and 0 where it is not finite.
    void solve(T* x) const {
        for (std::int64_t i = m_ - 1; i >= 0; --i) {
            Vec<T> rest = load<T>(x + i * lanes);
            for (std::int64_t j = i + 1; j < m_; ++j) rest -= load<T>(at(i, j)) * load<T>(x + j * lanes);
            rest *= load<T>(at(i, i));
            store<T>(x + i * lanes, rest - rest == 0 ? rest : Vec<T>{});
        }
    }

    // S = R^-1 into another triangle: A^-1 = S S^T.
    void invert(const LaneFactors& s) const {
        for (std::int64_t j = 0; j < m_; ++j) {
            const Vec<T> inverse = load<T>(at(j, j));
            for (std::int64_t i = 0; i < j; ++i) {
                Vec<T> total{};
                for (std::int64_t p = i; p < j; ++p) total += load<T>(s.at(i, p)) * load<T>(at(p, j));
                store<T>(s.at(i, j), -total * inverse);
            }
            store<T>(s.at(j, j), inverse);
        }
    }

    // (S S^T)_ij of a triangle S, i >= j.
    Vec<T> product(std::int64_t i, std::int64_t j) const {
        Vec<T> total{};
        const T *a = at(i, i), *b = at(j, i);
        for (std::int64_t l = 0; l < (m_ - i) * lanes; l += lanes) total += load<T>(a + l) * load<T>(b + l);
        return total;
    }

private:
    static constexpr T smallest_share = 4e-16;
    static constexpr std::int64_t logs_apart = 16;

    static Vec<T> entries(const double* matrix, std::int64_t d, const std::int64_t* rows,
                          const std::int64_t* columns) {
        Vec<T> v;
        for (int lane = 0; lane < lanes; ++lane) v[lane] = matrix[rows[lane] * d + columns[lane]];
        return v;
    }

    T* triangle_;
    std::int64_t m_;
};

}  // namespace mixtura::MIXTURA_ISA
