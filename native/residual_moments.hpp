// The second moments of a tile of residuals y for one component: sum w y y^T, as much of it as is needed.
// Rows with missing entries add their expected residuals so, and the columns of a root of what they vary
// about these.
#pragma once

#include <optional>

#include "projected.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
class ResidualMoments {
public:
    explicit ResidualMoments(const Task& task)
        : task_(task),
          d_(task.mixture.n_features),
          zero_(zeros<double>(d_)),
          weighted_(uninitialized<T>(tile_height * pitch<T>(tile_rows(d_)))) {
        if (task.need == Need::projected) projected_.emplace(task);
    }

    // sum w y is added to `first`, unless that is null.
    void add(std::int64_t k, const T* w, const T* y, int width, double* first, Sums& sums) {
        switch (task_.need) {
            case Need::none: return;
            case Need::trace: return add_diagonal(w, y, width, first, sums.scatter + k, 0);
            case Need::diagonal: return add_diagonal(w, y, width, first, sums.scatter + k * d_, 1);
            case Need::projected: {
                double* scatter = sums.scatter + k * (1 + task_.n_projections) * d_;
                add_diagonal(w, y, width, first, scatter, 1);
                return projected_->add_products(k, w, y, width, scatter + d_);
            }
            default: {
                double* scatter = sums.scatter + (task_.need == Need::full ? k * d_ * d_ : 0);
                add_products<T>(w, y, width, d_, weighted_.get(), first, scatter);
            }
        }
    }

private:
    void add_diagonal(const T* w, const T* y, int width, double* first, double* scatter, int step) {
        add_squares<T>(w, y, zero_.get(), width, d_, first, scatter, step);
    }

    const Task& task_;
    std::int64_t d_;
    Buffer<double> zero_;
    Buffer<T> weighted_;
    std::optional<ProjectedMoments<T>> projected_;
};

}  // namespace mixtura::MIXTURA_ISA
