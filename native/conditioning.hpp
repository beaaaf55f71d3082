// What rows with missing entries need of a dense component with inverse Cholesky factor W: its precision
// Lambda = W^T W and covariance Sigma = W^-1 W^-T, as matrices and packed for tiles.
#pragma once

#include <cmath>

#include "low_rank.hpp"

namespace mixtura::MIXTURA_ISA {

class Conditioning {
    using T = double;

public:
    explicit Conditioning(const Mixture& m)
        : shared_(m.shared),
          d_(m.n_features),
          n_(shared_ ? 1 : m.n_components),
          factors_(uninitialized<T>(n_ * packed_size(d_))),
          precisions_(n_, d_),
          covariances_(n_, d_),
          half_log_dets_(zeros<T>(n_)),
          inflated_(zeros<bool>(n_)) {
        for (std::int64_t k = 0; k < n_; ++k) {
            const double* w = m.factors + k * d_ * d_;
            pack_lower<T>(w, d_, factors_.get() + k * packed_size(d_));
            invert(w, precisions_.matrix(k), covariances_.matrix(k));
            precisions_.finish(k);
            covariances_.finish(k);
            for (std::int64_t j = 0; j < d_; ++j) {
                half_log_dets_[k] -= std::log(w[j * d_ + j]);
                const T inflation =
                    precisions_.matrix(k)[j * d_ + j] * covariances_.matrix(k)[j * d_ + j];
                inflated_[k] = inflated_[k] || !(inflation < most_inflation);
            }
        }
    }

    // Symmetric matrices, one for each component or for all.
    class Matrices {
    public:
        Matrices(std::int64_t n, std::int64_t d)
            : d_(d), values_(zeros<T>(n * d * d)), packed_(zeros<T>(n * d * d)), logs_(zeros<T>(n * d)) {}

        T* matrix(std::int64_t k) const { return values_.get() + k * d_ * d_; }
        const T* logs(std::int64_t k) const { return logs_.get() + k * d_; }

        void finish(std::int64_t k) {
            const T* own = matrix(k);
            pack_outputs<T>(d_, d_, packed_.get() + k * d_ * d_,
                            [&](std::int64_t i, std::int64_t j) { return own[i * d_ + j]; });
            for (std::int64_t j = 0; j < d_; ++j) logs_[k * d_ + j] = std::log(own[j * d_ + j]);
        }

        // out = A y for the rows of a tile.
        void multiply(std::int64_t k, const T* y, int width, T* out) const {
            for_lanes<T>(width, [&](auto at_once, int b) {
                multiply_packed<T, at_once>(
                    packed_.get() + k * d_ * d_, y + b, width, d_, d_,
                    [&](std::int64_t j, int v, Vec<T> value) {
                        store<T>(out + j * pitch<T>(width) + b + v * Lanes<T>::n, value);
                    });
            });
        }

    private:
        std::int64_t d_;
        Buffer<T> values_, packed_, logs_;
    };

    std::int64_t stored(std::int64_t k) const { return shared_ ? 0 : k; }
    std::int64_t n_stored() const { return n_; }
    const T* factor(std::int64_t k) const { return factors_.get() + stored(k) * packed_size(d_); }
    const Matrices& precisions() const { return precisions_; }
    const Matrices& covariances() const { return covariances_; }
    T half_log_det(std::int64_t k) const { return half_log_dets_[stored(k)]; }

    // Whether so little of some feature is left by the others that blocks of Lambda lose digits.
    bool is_inflated(std::int64_t k) const { return inflated_[stored(k)]; }

private:
    // Of Lambda_jj Sigma_jj, the variance of a feature over what the others leave of it: so many times
    // the rounding is what a pivot of a block of Lambda may lose.
    static constexpr T most_inflation = 1e5;

    void invert(const double* w, T* precision, T* covariance) const {
        Buffer<T> inverse = zeros<T>(d_ * d_);  // W^-1
        for (std::int64_t j = 0; j < d_; ++j) {
            inverse[j * d_ + j] = 1 / w[j * d_ + j];
            for (std::int64_t i = j + 1; i < d_; ++i) {
                T total = 0;
                for (std::int64_t p = j; p < i; ++p) total += w[i * d_ + p] * inverse[p * d_ + j];
                inverse[i * d_ + j] = -total / w[i * d_ + i];
            }
        }
        for (std::int64_t p = 0; p < d_; ++p)
            for (std::int64_t i = 0; i <= p; ++i)
                for (std::int64_t j = 0; j <= p; ++j) precision[i * d_ + j] += w[p * d_ + i] * w[p * d_ + j];
        for (std::int64_t i = 0; i < d_; ++i)
            for (std::int64_t j = 0; j <= i; ++j) {
                T total = 0;
                for (std::int64_t p = 0; p <= j; ++p) total += inverse[i * d_ + p] * inverse[j * d_ + p];
                covariance[i * d_ + j] = covariance[j * d_ + i] = total;
            }
    }

    bool shared_;
    std::int64_t d_, n_;
    Buffer<T> factors_;
    Matrices precisions_, covariances_;
    Buffer<T> half_log_dets_;
    Buffer<bool> inflated_;
};

}  // namespace mixtura::MIXTURA_ISA
