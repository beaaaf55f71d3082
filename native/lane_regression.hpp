// Least squares on columns W_m of a lower triangle W, for each lane: W_m = Q R by modified Gram-Schmidt
// (Bjorck 1967, Solving linear least squares problems by Gram-Schmidt orthogonalization), so that
// |z + W_m y_m| is least at y_m = -R^-1 Q^T z. R^T R is W_m^T W_m, a block of Lambda = W^T W, from which it
// could be had for less work and twice the lost digits.
#pragma once

#include "lane_factors.hpp"

namespace mixtura::MIXTURA_ISA {

class LaneRegression {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit LaneRegression(std::int64_t n_features)
        : d_(n_features), columns_(uninitialized<T>((d_ + 1) * d_ * lanes)) {}

    // A lane takes the columns chosen[j * lanes + lane], j < m, of W, and z is a vector of lanes in each of
    // d steps. Writes R and Q^T z (m vectors); returns log |R|.
    Vec<T> factor(const double* w, const std::int64_t* chosen, std::int64_t m, const T* z,
                  std::int64_t step, const LaneFactors& r, T* along_z) const {
        for (std::int64_t j = 0; j < m; ++j) read(w, chosen + j * lanes, column(j));
        for (std::int64_t i = 0; i < d_; ++i) store<T>(column(m) + i * lanes, load<T>(z + i * step));
        Vec<T> log_det{};
        for (std::int64_t j = 0; j < m; ++j) {
            const Vec<T> length = square_root<T>(dot(column(j), column(j)));
            const Vec<T> inverse = T(1) / length;
            log_det += log_positive<T>(length);
            store<T>(r.at(j, j), inverse);
            for (std::int64_t i = 0; i < d_ * lanes; i += lanes)
                store<T>(column(j) + i, load<T>(column(j) + i) * inverse);
            for (std::int64_t l = j + 1; l <= m; ++l) {
                const Vec<T> along = dot(column(j), column(l));
                store<T>(l < m ? r.at(j, l) : along_z + j * lanes, along);
                for (std::int64_t i = 0; i < d_ * lanes; i += lanes)
                    store<T>(column(l) + i, load<T>(column(l) + i) - along * load<T>(column(j) + i));
            }
        }
        return log_det;
    }

private:
    T* column(std::int64_t j) const { return columns_.get() + j * d_ * lanes; }

    void read(const double* w, const std::int64_t* chosen, T* to) const {
        for (std::int64_t i = 0; i < d_; ++i)
            for (int lane = 0; lane < lanes; ++lane)
                to[i * lanes + lane] = i < chosen[lane] ? 0 : w[i * d_ + chosen[lane]];
    }

    Vec<T> dot(const T* a, const T* b) const {
        Vec<T> total{};
        for (std::int64_t i = 0; i < d_ * lanes; i += lanes) total += load<T>(a + i) * load<T>(b + i);
        return total;
    }

    std::int64_t d_;
    Buffer<T> columns_;
};

}  // namespace mixtura::MIXTURA_ISA
