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
        for (std::int64_t c = 0; c < model.k; ++c) regularize(c);
        before_ = scatter;
        for (std::int64_t c = 0; c < model.k; ++c) move(c, moments.sums.data() + c * model.d);
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
        const double eps = std::numeric_limits<double>::epsilon();
        for (double n : counts)
            if (!(n > eps * total)) return true;
        // What is added to the variances is extent enough.
        if (*std::min_element(model_.reg_covar, model_.reg_covar + model_.d) > 0) return false;
        for (std::int64_t i = 0; i < model_.d; ++i) {
            double all = 0, all_rounding = 0;
            for (std::int64_t c = 0; c < model_.k; ++c) {
                const double digit = 4 * eps * means[c * model_.d + i];
                const double rounding = counts[c] * (digit * digit);
                const double own = c < n_scatters() ? variance_sum(scatter, c, i) : 0;
                if (model_.sharing == Sharing::nothing && own <= rounding) return true;
                all += own;
                all_rounding += rounding;
            }
            if (all <= all_rounding) return true;
        }
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

    void regularize(std::int64_t c) {
        const std::int64_t d = model_.d;
        std::vector<double> added(d);
        for (std::int64_t i = 0; i < d; ++i) added[i] = counts[c] * model_.reg_covar[i];
        if (model_.need() == Need::trace) scatter[c] += sum(added);
        else for (std::int64_t i = 0; i < d; ++i) scatter[variance_index(c, i)] += added[i];
    }

    // mu = c + s and S2 - N s s^T with s = S1 / N; of matrices the lower triangles suffice.
    void move(std::int64_t c, const double* s1) {
        const std::int64_t d = model_.d;
        const double n = std::max(counts[c], std::numeric_limits<double>::min());
        std::vector<double> s(d);
        for (std::int64_t i = 0; i < d; ++i) s[i] = s1[i] / n;
        for (std::int64_t i = 0; i < d; ++i) means[c * d + i] += s[i];
        switch (model_.need()) {
            case Need::trace:
                for (std::int64_t i = 0; i < d; ++i) s[i] *= s1[i];
                scatter[c] -= sum(s);
                break;
            case Need::diagonal:
                for (std::int64_t i = 0; i < d; ++i) scatter[c * d + i] -= s1[i] * s[i];
                break;
            default: {
                double* own = scatter.data() + (model_.need() == Need::pooled ? 0 : c * d * d);
                for (std::int64_t i = 0; i < d; ++i)
                    for (std::int64_t j = 0; j <= i; ++j)
                        own[i * d + j] -= (s1[i] * s[j] + s1[j] * s[i]) / 2;
            }
        }
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
inline void divide(const Model& model, const Centred& moments, std::vector<double>& covariances) {
    const std::int64_t size = model.factor_size();
    const bool is_pooled = model.need() == Need::pooled;
    covariances.assign((model.is_shared() ? 1 : model.k) * size, 0);
    for (std::int64_t c = 0; c < (is_pooled ? 1 : model.k); ++c)
        for (std::int64_t i = 0; i < size; ++i) {
            double own = moments.scatter[c * size + i];
            if (model.storage == Storage::diagonal) own = std::max(own, 0.0);
            covariances[model.is_shared() ? i : c * size + i] += own;
        }
    const double per_row = model.storage == Storage::spherical ? double(model.d) : 1;
    for (std::size_t i = 0; i < covariances.size(); ++i)
        covariances[i] /= per_row * (model.is_shared() ? moments.total : moments.counts[i / size]);
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
    if (model.sharing != Sharing::spectrum) divide(model, moments, next.factors);
    else if (!rotate(model, moments, next.axes, next.factors)) return false;
    if (model.storage != Storage::dense) return invert_deviations(next.factors);
    const std::int64_t size = model.factor_size();
    for (std::size_t c = 0; c < next.factors.size(); c += size)
        if (!inverse_cholesky(next.factors.data() + c, model.d)) return false;
    return true;
}

}  // namespace mixtura
