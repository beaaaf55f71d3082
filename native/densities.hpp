// The joint log-densities log pi_k + log N(x | mu_k, Sigma_k) of a tile's rows, whatever the storage,
// and upper bounds of them from the first features alone.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "low_rank.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
class Densities {
public:
    Densities(const Mixture& mixture, bool wanted)
        : m_(mixture), k_(m_.n_components), d_(m_.n_features), y_(uninitialized<T>(0)) {
        if (!wanted) return;
        y_ = uninitialized<T>(d_ * pitch<T>(tile_rows(d_)));
        if (m_.storage == Storage::dense) pack();
        if (m_.storage == Storage::low_rank) low_rank_.emplace(m_);
        if (m_.storage == Storage::dense && m_.shared) whiten_means();
    }

    // Whether rows are whitened once for all components: then distances are spherical.
    bool whitens_once() const { return whitens_once_; }

    // How many features bound a density when h are asked for.
    std::int64_t prefix(std::int64_t h) const {
        if (m_.storage == Storage::low_rank) return d_;  // its axes mix all features
        if (m_.storage == Storage::dense) h = (h + outputs - 1) / outputs * outputs;
        return std::min(h, d_);
    }

    // What all components need of a tile; call it before `joint`.
    void prepare(const T* x, int width, std::int64_t h) {
        if (!whitens_once_) return;
        subtract<T>(x, origin_.get(), width, h, y_.get());
        whiten<T>(packed_.get(), y_.get(), width, h, whitened_.get());
    }

    // log pi_k + log N(x | mu_k, Sigma_k) where h is d, and an upper bound of it where h is less,
    // from the first h = prefix(h) features; -inf where a distance overflows to NaN.
    void joint(std::int64_t k, const T* x, int width, std::int64_t h, T* out) {
        const double* mean = m_.means + k * d_;
        if (whitens_once_) {
            plain_distances<T>(whitened_.get(), whitened_means_.get() + k * d_, width, h, out);
        } else if (m_.storage == Storage::dense) {
            subtract<T>(x, mean, width, h, y_.get());
            const T* packed = packed_.get() + (m_.shared ? 0 : k * packed_size(d_));
            dense_distances<T>(packed, y_.get(), width, h, out);
        } else if (low_rank_) {
            low_rank_->distances(k, x, width, out);
        } else {
            const std::int64_t step = m_.storage == Storage::diagonal ? 1 : 0;
            const std::int64_t stride = m_.shared ? 0 : step ? d_ : 1;
            scaled_distances<T>(m_.factors + k * stride, int(step), x, mean, width, h, out);
        }
        const Vec<T> nowhere = broadcast<T>(-std::numeric_limits<T>::infinity());
        const T constant = static_cast<T>(m_.constants[k]);
        for (int b = 0; b < width; b += Lanes<T>::n) {
            const Vec<T> value = constant - T(0.5) * load<T>(out + b);
            store<T>(out + b, value == value ? value : nowhere);
        }
    }

private:
    void pack() {
        const std::int64_t size = packed_size(d_), n = m_.shared ? 1 : k_;
        packed_ = uninitialized<T>(size * n);
        for (std::int64_t k = 0; k < n; ++k)
            pack_lower<T>(m_.factors + k * d_ * d_, d_, packed_.get() + k * size);
    }

    // W (mu_k - origin), where all means lie so near to each other that its rounding is nothing;
    // further apart, distances are computed from the residuals of every component.
    void whiten_means() {
        origin_ = zeros<double>(d_);
        for (std::int64_t k = 0; k < k_; ++k)
            for (std::int64_t j = 0; j < d_; ++j)
                origin_[j] += m_.weights[k] * m_.means[k * d_ + j];
        whitened_means_ = uninitialized<T>(k_ * d_);
        double furthest = 0;
        for (std::int64_t k = 0; k < k_; ++k)
            for (std::int64_t j = 0; j < d_; ++j) {
                double z = 0;
                for (std::int64_t i = 0; i <= j; ++i)
                    z += m_.factors[j * d_ + i] * (m_.means[k * d_ + i] - origin_[i]);
                whitened_means_[k * d_ + j] = static_cast<T>(z);
                furthest = std::max(furthest, std::abs(z));
            }
        whitens_once_ = furthest < (sizeof(T) == sizeof(double) ? 1e3 : 1e2);
        whitened_ = uninitialized<T>(whitens_once_ ? d_ * pitch<T>(tile_rows(d_)) : 0);
    }

    const Mixture& m_;
    std::int64_t k_, d_;
    bool whitens_once_ = false;
    std::optional<LowRankDistances<T>> low_rank_;
    Buffer<T> y_, packed_, whitened_, whitened_means_;
    Buffer<double> origin_;
};

}  // namespace mixtura::MIXTURA_ISA
