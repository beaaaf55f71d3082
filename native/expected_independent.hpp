// What is expected of missing entries where features are independent within a component: their mean and
// their variance, whatever else of the row is there.
#pragma once

#include "holes.hpp"

namespace mixtura::MIXTURA_ISA {

class ExpectedIndependent {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit ExpectedIndependent(const Task& task)
        : task_(task), m_(task.mixture), d_(m_.n_features), seen_(uninitialized<T>(n_stored() * d_)) {
        for (std::int64_t k = 0; k < n_stored(); ++k)
            for (std::int64_t j = 0; j < d_; ++j)
                seen_[k * d_ + j] = half_log_2pi - std::log(scale(k, j));
    }

    // Rows need no order.
    int begin_tile(std::int64_t first, std::int64_t last, std::int64_t* index) {
        for (std::int64_t row = first; row < last; ++row) index[row - first] = row;
        return static_cast<int>(last - first);
    }

    // log pi_k + log N(x_o | mu_o, Sigma_oo).
    void join(std::int64_t k, const Holes& tile, T* joint) {
        const T* seen = seen_.get() + (m_.shared ? 0 : k) * d_;
        const T log_weight = std::log(m_.weights[k]);
        for (int b = 0; b < tile.width; b += lanes) {
            Vec<T> distance{}, log_volume{};
            for (std::int64_t j = 0; j < d_; ++j) {
                const Vec<T> x = tile.at(j, b);
                const Vec<T> z = (x - m_.means[k * d_ + j]) * scale(k, j);
                distance += x == x ? z * z : Vec<T>{};
                log_volume += x == x ? broadcast<T>(seen[j]) : Vec<T>{};
            }
            store<T>(joint + b, log_weight - log_volume - T(0.5) * distance);
        }
    }

    // y = E[x | x_o] - mu_k: 0 where x is missing, as it is.
    void complete(std::int64_t, const Holes&, T*) const {}

    // r Cov of rows with weights w.
    void add_spread(std::int64_t k, const Holes& tile, const T* w, Sums& sums) const {
        const auto variance = [&](std::int64_t j) { return 1 / (scale(k, j) * scale(k, j)); };
        add_variances(task_, k, tile, w, variance, sums);
    }

    void finish_chunk(Sums&) {}

private:
    std::int64_t n_stored() const { return m_.shared ? 1 : m_.n_components; }

    // 1 / sigma_j.
    double scale(std::int64_t k, std::int64_t j) const {
        const std::int64_t stored = m_.shared ? 0 : k;
        return m_.storage == Storage::diagonal ? m_.factors[stored * d_ + j] : m_.factors[stored];
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t d_;
    Buffer<T> seen_;  // what an observed feature takes from a log-density: log(2 pi sigma^2) / 2
};

}  // namespace mixtura::MIXTURA_ISA
