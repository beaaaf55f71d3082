// The M-step of families whose covariances have a closed form, operation by operation as family/ takes
// it in NumPy: a run here and one there are the same to the bit, but for covariances that are shared.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "axes.hpp"
#include "cholesky.hpp"
#include "parallel.hpp"
#include "problem.hpp"

namespace mixtura {

// What of their covariances the components have in common: nothing (VVV, VVI, VII), everything (EEE,
// EEI, EII), or the variances along axes of their own (EEV).
enum class Sharing : int { nothing, covariance, spectrum };

struct Model {
    Storage storage;
    Sharing sharing;
    std::int64_t k, d;
    const double* reg_covar;  // d

    bool is_shared() const { return sharing == Sharing::covariance; }

    Need need() const {
        if (storage == Storage::spherical) return Need::trace;
        if (storage == Storage::diagonal) return Need::diagonal;
        return is_shared() ? Need::pooled : Need::full;
    }

    std::int64_t factor_size() const {
        return storage == Storage::spherical ? 1 : storage == Storage::diagonal ? d : d * d;
    }
};

struct Parameters {
    std::vector<double> weights;  // K
    std::vector<double> means;    // K x d
    std::vector<double> factors;  // inverse, as in Mixture
    std::vector<double> axes;     // K x d x d where the spectrum is shared: columns L_k, else empty
};

// Pairwise, in NumPy's order.
inline double sum(const double* values, std::int64_t n) {
    if (n < 8) {
        double total = 0;
        for (std::int64_t i = 0; i < n; ++i) total += values[i];
        return total;
    }
    if (n > 128) {
        const std::int64_t half = n / 2 - n / 2 % 8;
        return sum(values, half) + sum(values + half, n - half);
    }
    double r[8];
    std::copy(values, values + 8, r);
    std::int64_t i = 8;
    for (; i < n - n % 8; i += 8)
        for (int lane = 0; lane < 8; ++lane) r[lane] += values[i + lane];
    double total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; ++i) total += values[i];
    return total;
}

inline double sum(const std::vector<double>& values) {
    return sum(values.data(), std::int64_t(values.size()));
}

// Moments of one mixture with S2_k + N_k diag(reg_covar), about its new means.
class Centred {
public:
    Centred(const Model& model, const OwnSums& moments, const std::vector<double>& centres)
        : counts(moments.counts), total(sum(counts)), means(centres), scatter(moments.scatter),
          model_(model) {
        regularize();
        before_ = scatter;
        move(moments.sums.data());
    }

    const std::vector<double>& counts;
    const double total;
    std::vector<double> means, scatter;

    // Whether the means moved so far that S2 - N s s^T cancels more than four digits.
    bool is_poor() const {
        for (std::int64_t c = 0; c < n_scatters(); ++c)
            for (std::int64_t i = 0; i < model_.d; ++i)
                if (variance_sum(before_, c, i) > 1e4 * variance_sum(scatter, c, i)) return true;
        return false;
    }

    // Whether a component has no rows, or no extent beyond the rounding of its mean.
    bool has_collapsed() const {
        for (double n : counts)
            if (!(n > std::numeric_limits<double>::epsilon() * total)) return true;
        // What is added to the variances is extent enough.
        if (*std::min_element(model_.reg_covar, model_.reg_covar + model_.d) > 0) return false;
        for (std::int64_t i = 0; i < model_.d; ++i)
            if (is_flat(i)) return true;
        return false;
    }

private:
    const Model& model_;
    std::vector<double> before_;

    std::int64_t n_scatters() const { return model_.need() == Need::pooled ? 1 : model_.k; }

    // Where the scatter of a component has its sum of squares along a feature.
    std::int64_t variance_index(std::int64_t c, std::int64_t i) const {
        switch (model_.need()) {
            case Need::trace: return c;
            case Need::diagonal: return c * model_.d + i;
            case Need::pooled: return i * model_.d + i;
            default: return (c * model_.d + i) * model_.d + i;
        }
    }

    double variance_sum(const std::vector<double>& of, std::int64_t c, std::int64_t i) const {
        const double own = of[variance_index(c, i)];
        return model_.need() == Need::trace ? own / double(model_.d) : own;
    }

    // Whether components have no extent along a feature: one of them, or all together where they share
    // their covariance.
    bool is_flat(std::int64_t i) const {
        const bool is_pooled = model_.need() == Need::pooled;
        double all = is_pooled ? variance_sum(scatter, 0, i) : 0, all_rounding = 0;
        for (std::int64_t c = 0; c < model_.k; ++c) {
            const double digit = 4 * std::numeric_limits<double>::epsilon() * means[c * model_.d + i];
            const double rounding = (is_pooled ? total : counts[c]) * (digit * digit);
            all_rounding = is_pooled ? std::max(all_rounding, rounding) : all_rounding + rounding;
            if (is_pooled) continue;
            const double own = variance_sum(scatter, c, i);
            if (model_.sharing == Sharing::nothing && own <= rounding) return true;
            all += own;
        }
        return all <= all_rounding;
    }

    // S2_k + N_k diag(reg_covar).
    void regularize() {
        const std::int64_t d = model_.d;
        std::vector<double> added(n_scatters() * d);
        for (std::int64_t c = 0; c < model_.k; ++c)
            for (std::int64_t i = 0; i < d; ++i)
                added[c % n_scatters() * d + i] += counts[c] * model_.reg_covar[i];
        for (std::int64_t c = 0; c < n_scatters(); ++c) {
            if (model_.need() == Need::trace) scatter[c] += sum(added.data() + c * d, d);
            else
                for (std::int64_t i = 0; i < d; ++i)
                    scatter[variance_index(c, i)] += added[c * d + i];
        }
    }

    // mu = c + s and S2 - N s s^T with s = S1 / N; of matrices the lower triangles suffice.
    void move(const double* sums) {
        const std::int64_t k = model_.k, d = model_.d;
        std::vector<double> between(scatter.size()), product(d);
        for (std::int64_t c = 0; c < k; ++c) {
            const double* s1 = sums + c * d;
            const double n = std::max(counts[c], std::numeric_limits<double>::min());
            for (std::int64_t i = 0; i < d; ++i) means[c * d + i] += s1[i] / n;
            switch (model_.need()) {
                case Need::trace:
                    for (std::int64_t i = 0; i < d; ++i) product[i] = s1[i] * (s1[i] / n);
                    between[c] = sum(product);
                    break;
                case Need::diagonal:
                    for (std::int64_t i = 0; i < d; ++i) between[c * d + i] = s1[i] * (s1[i] / n);
                    break;
                default: {
                    double* own = between.data() + c % n_scatters() * d * d;
                    for (std::int64_t i = 0; i < d; ++i)
                        for (std::int64_t j = 0; j <= i; ++j)
                            own[i * d + j] += (s1[i] * (s1[j] / n) + s1[j] * (s1[i] / n)) / 2;
                }
            }
        }
        for (std::size_t i = 0; i < scatter.size(); ++i) scatter[i] -= between[i];
    }
};

// Variances become inverse deviations; false where one is not positive, or not a number.
inline bool invert_deviations(std::vector<double>& variances) {
    for (double& v : variances) {
        if (!(v > 0 && std::isfinite(v))) return false;
        v = 1 / std::sqrt(v);
    }
    return true;
}

// Sigma_k = S2_k / N_k, or sum S2 / sum N for all: the covariances, as their storage keeps them.
inline std::vector<double> divided(const Model& model, const Centred& moments) {
    const std::size_t size = std::size_t(model.factor_size());
    std::vector<double> covariances = moments.scatter;
    if (model.storage == Storage::diagonal)
        for (double& own : covariances) own = std::max(own, 0.0);  // which rounding may have taken below
    if (model.is_shared()) {
        if (size == 1) covariances[0] = sum(covariances);
        else for (std::size_t i = size; i < covariances.size(); ++i) covariances[i % size] += covariances[i];
        covariances.resize(size);
    }
    const double per_row = model.storage == Storage::spherical ? double(model.d) : 1;
    for (std::size_t i = 0; i < covariances.size(); ++i)
        covariances[i] /= per_row * (model.is_shared() ? moments.total : moments.counts[i / size]);
    return covariances;
}

// EEV: S2_k = L_k diag(s_k) L_k^T and Sigma_k = L_k diag(sum_l s_l / sum_l N_l) L_k^T; false where a
// scatter is no number.
inline bool rotate(const Model& model, const Centred& moments, std::vector<double>& axes,
                   std::vector<double>& covariances) {
    const std::int64_t k = model.k, d = model.d;
    std::vector<double> spectrum(d), own(d);
    for (std::int64_t c = 0; c < k; ++c) {
        if (!principal_axes(moments.scatter.data() + c * d * d, d, axes.data() + c * d * d, own.data()))
            return false;
        for (std::int64_t i = 0; i < d; ++i) spectrum[i] += std::max(own[i], 0.0);
    }
    for (double& value : spectrum) value /= moments.total;
    covariances.assign(k * d * d, 0);
    for (std::int64_t c = 0; c < k; ++c) {
        const double* l = axes.data() + c * d * d;
        double* sigma = covariances.data() + c * d * d;
        for (std::int64_t i = 0; i < d; ++i)
            for (std::int64_t j = 0; j <= i; ++j)
                for (std::int64_t m = 0; m < d; ++m)
                    sigma[i * d + j] += l[i * d + m] * spectrum[m] * l[j * d + m];
    }
    return true;
}

// The next mixture; false where a component has collapsed.
inline bool maximize(const Model& model, const Centred& moments, Parameters& next) {
    if (moments.has_collapsed()) return false;
    for (std::int64_t c = 0; c < model.k; ++c) next.weights[c] = moments.counts[c] / moments.total;
    next.means = moments.means;
    if (model.sharing != Sharing::spectrum) next.factors = divided(model, moments);
    else if (!rotate(model, moments, next.axes, next.factors)) return false;
    if (model.storage != Storage::dense) return invert_deviations(next.factors);
    const std::int64_t size = model.factor_size();
    for (std::size_t c = 0; c < next.factors.size(); c += size)
        if (!inverse_cholesky(next.factors.data() + c, model.d)) return false;
    return true;
}

}  // namespace mixtura
