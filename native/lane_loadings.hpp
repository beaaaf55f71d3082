// Least squares on the loadings of the features that a row has, for each lane. With W = Psi^-1/2 Lambda
// and u = Psi^-1/2 (x - mu), and zeros in them where features are missing, the columns of
//
//     [W_o  u_o]
//     [ I    0 ]
//
// are made orthogonal one after the other, by modified Gram-Schmidt (Bjorck 1967). The last becomes
// [u - W t; -t] with t = A^-1 W^T u, A = I + W_o^T W_o; of the first, their lengths multiply to |A|^1/2,
// and divided by them their lower part is S with A^-1 = S S^T, an upper triangle. Where noise is small,
// W is large, and A itself would lose twice the digits.
#pragma once

#include "tile.hpp"

namespace mixtura::MIXTURA_ISA {

class LaneLoadings {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;
    static constexpr int columns_at_once = 4;
    static constexpr int logs_apart = 4;  // products of so many squares do not overflow

public:
    // m axes and some right sides u.
    LaneLoadings(std::int64_t d, std::int64_t m, std::int64_t n_right)
        : d_(d), m_(m), n_columns_(m + n_right), values_(uninitialized<T>((d + m) * n_columns_ * lanes)) {}

    // Numbers in S.
    static constexpr std::int64_t triangle(std::int64_t m) { return m * (m + 1) / 2 * lanes; }

    // Entry (j, c), where column m + i is right side i.
    T* at(std::int64_t j, std::int64_t c) const { return values_.get() + (j * n_columns_ + c) * lanes; }

    // The rows below the features.
    void fill_identity() const {
        for (std::int64_t a = 0; a < m_; ++a)
            for (std::int64_t c = 0; c < n_columns_; ++c)
                store<T>(at(d_ + a, c), broadcast<T>(a == c));
    }

    // Writes S, and returns log |A| / 2. The columns of W may be orthogonal already.
    Vec<T> orthogonalize(bool already, T* s) const {
        Vec<T> log_det{}, squares = broadcast<T>(1);
        for (std::int64_t a = 0; a < m_; ++a) {
            const Vec<T> square = dot(a, a, d_ + a + 1);
            const Vec<T> inverse_square = T(1) / square, inverse = square_root<T>(inverse_square);
            squares *= square;
            if (a % logs_apart == logs_apart - 1 || a == m_ - 1) {
                log_det += T(0.5) * log_positive<T>(squares);
                squares = broadcast<T>(1);
            }
            for (std::int64_t p = 0; p <= a; ++p, s += lanes) store<T>(s, load<T>(at(d_ + p, a)) * inverse);
            for (std::int64_t c = already ? m_ : a + 1; c < n_columns_; c += columns_at_once)
                switch (n_columns_ - c) {
                    case 1: subtract_column<1>(a, c, inverse_square); break;
                    case 2: subtract_column<2>(a, c, inverse_square); break;
                    case 3: subtract_column<3>(a, c, inverse_square); break;
                    default: subtract_column<columns_at_once>(a, c, inverse_square);
                }
        }
        return log_det;
    }

    // |u - W t|^2 + |t|^2; writes t.
    Vec<T> explained(std::int64_t right, T* t) const {
        for (std::int64_t a = 0; a < m_; ++a, t += lanes) store<T>(t, -load<T>(at(d_ + a, m_ + right)));
        return dot(m_ + right, m_ + right, d_ + m_);
    }

private:
    // Of the first n rows of two columns.
    Vec<T> dot(std::int64_t a, std::int64_t c, std::int64_t n) const {
        const std::int64_t step = n_columns_ * lanes;
        const T *own = at(0, a), *other = at(0, c);
        Vec<T> even{}, odd{};
        for (; n > 1; n -= 2, own += 2 * step, other += 2 * step) {
            even += load<T>(own) * load<T>(other);
            odd += load<T>(own + step) * load<T>(other + step);
        }
        return n ? even + odd + load<T>(own) * load<T>(other) : even + odd;
    }

    // What `n` columns from c on have of column a is taken from them.
    template <int n>
    void subtract_column(std::int64_t a, std::int64_t c, Vec<T> inverse_square) const {
        const std::int64_t n_rows = d_ + a + 1, step = n_columns_ * lanes;
        const T *own = at(0, a), *other = at(0, c);
        Vec<T> along[n] = {}, odd[n] = {};
        std::int64_t j = 0;
        for (; j + 1 < n_rows; j += 2, own += 2 * step, other += 2 * step)
            for (int i = 0; i < n; ++i) {
                along[i] += load<T>(own) * load<T>(other + i * lanes);
                odd[i] += load<T>(own + step) * load<T>(other + step + i * lanes);
            }
        if (j < n_rows)
            for (int i = 0; i < n; ++i) along[i] += load<T>(own) * load<T>(other + i * lanes);
        for (int i = 0; i < n; ++i) along[i] = (along[i] + odd[i]) * inverse_square;
        own = at(0, a);
        T* to = at(0, c);
        for (j = 0; j < n_rows; ++j, own += step, to += step) {
            const Vec<T> value = load<T>(own);
            for (int i = 0; i < n; ++i)
                store<T>(to + i * lanes, load<T>(to + i * lanes) - along[i] * value);
        }
    }

    std::int64_t d_, m_, n_columns_;
    Buffer<T> values_;
};

}  // namespace mixtura::MIXTURA_ISA
