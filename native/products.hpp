// The scatter of many features, as a product of matrices: sum w y y^T from rows that are kept as rows,
// in panels of a few columns each, so that no sums over lanes are left to be made. The register tile
// is of 6 features by 3 vectors of features, over all rows; only the lower triangle is made.
#pragma once

#include "distance.hpp"

namespace mixtura::MIXTURA_ISA {

template <class T>
class Products {
    static constexpr int lanes = Lanes<T>::n;
    static constexpr int height = has_32_registers ? 6 : 3;
    static constexpr int panel_vectors = 3;
    static constexpr int columns = panel_vectors * lanes;
    static_assert(columns % height == 0, "a block lies in one panel");

public:
    // From so many features on it is faster than dot products over tiles.
    static constexpr std::int64_t pays_from = 64;

    Products(std::int64_t n_features, std::int64_t most_rows)
        : d_(n_features),
          n_panels_((d_ + columns - 1) / columns),
          n_blocks_((d_ + height - 1) / height),
          rows_(zeros<T>(n_panels_ * columns * most_rows)),
          residuals_(uninitialized<T>(n_panels_ * columns * most_rows)),
          weighted_(uninitialized<T>(n_blocks_ * height * most_rows)),
          sums_(uninitialized<T>(n_panels_ * columns)),
          high_(zeros<T>(n_panels_ * columns)),
          low_(zeros<T>(n_panels_ * columns)) {}

    template <class Row, class RowOf>
    void read(const Rows& rows, RowOf row_of, int n) {
        n_ = n;
        for (int r = 0; r < n; ++r) {
            const Row* from = static_cast<const Row*>(rows.data) + row_of(r) * rows.row_stride;
            for (std::int64_t p = 0; p < n_panels_; ++p) {
                T* to = rows_.get() + (p * n + r) * columns;
                const std::int64_t end = std::min<std::int64_t>(columns, d_ - p * columns);
                for (std::int64_t j = 0; j < end; ++j, from += rows.feature_stride)
                    to[j] = static_cast<T>(*from);
                for (std::int64_t j = end; j < columns; ++j) to[j] = 0;
            }
        }
    }

    // sums += sum w y and scatter += sum w y y^T of the rows that are read, with y = x - centre.
    void add(const T* w, const double* centre, double* sums, double* scatter) {
        for (std::int64_t j = 0; j < d_; ++j) {
            const Centre<T> c(centre[j]);
            high_[j] = c.high;
            low_[j] = c.low;
        }
        for (std::int64_t p = 0; p < n_panels_; ++p) subtract_centre(w, p);
        for (std::int64_t j = 0; j < d_; ++j) sums[j] += sums_[j];
        for (std::int64_t block = 0; block < n_blocks_; ++block) multiply_by_weights(w, block);
        for (std::int64_t p = 0; p < n_panels_; ++p)
            for (std::int64_t block = p * columns / height; block < n_blocks_; ++block)
                add_block(p, block, scatter);
    }

private:
    void subtract_centre(const T* w, std::int64_t p) {
        const T *x = rows_.get() + p * n_ * columns, *high = high_.get() + p * columns,
                *low = low_.get() + p * columns;
        T* y = residuals_.get() + p * n_ * columns;
        Vec<T> total[panel_vectors] = {};
        for (int r = 0; r < n_; ++r, x += columns, y += columns)
            for (int v = 0; v < panel_vectors; ++v) {
                Vec<T> residual = load<T>(x + v * lanes) - load<T>(high + v * lanes);
                if constexpr (sizeof(T) < sizeof(double)) residual -= load<T>(low + v * lanes);
                store<T>(y + v * lanes, residual);
                total[v] += w[r] * residual;
            }
        for (int v = 0; v < panel_vectors; ++v)
            store<T>(sums_.get() + p * columns + v * lanes, total[v]);
    }

    // weighted[r] = w y of the features of one block.
    void multiply_by_weights(const T* w, std::int64_t block) {
        const std::int64_t first = block * height, p = first / columns;
        const T* y = residuals_.get() + p * n_ * columns + (first - p * columns);
        T* to = weighted_.get() + block * n_ * height;
        for (int r = 0; r < n_; ++r, y += columns, to += height)
            for (int i = 0; i < height; ++i) to[i] = w[r] * y[i];
    }

    // As many vectors of the panel as reach down to the diagonal.
    void add_block(std::int64_t p, std::int64_t block, double* scatter) const {
        const std::int64_t last = std::min((block + 1) * height, d_) - 1 - p * columns;
        if (last >= 2 * lanes) return add_product<3>(p, block, scatter);
        if (last >= lanes) return add_product<2>(p, block, scatter);
        add_product<1>(p, block, scatter);
    }

    template <int V>
    void add_product(std::int64_t p, std::int64_t block, double* scatter) const {
        const T *a = weighted_.get() + block * n_ * height,
                *y = residuals_.get() + p * n_ * columns;
        Vec<T> product[height][V];
        for (int i = 0; i < height; ++i)
            for (int v = 0; v < V; ++v) product[i][v] = Vec<T>{};
        for (int r = 0; r < n_; ++r, a += height, y += columns) {
            Vec<T> right[V];
            for (int v = 0; v < V; ++v) right[v] = load<T>(y + v * lanes);
            for (int i = 0; i < height; ++i)
                for (int v = 0; v < V; ++v) product[i][v] += a[i] * right[v];
        }
        for (int i = 0; i < height && block * height + i < d_; ++i) {
            const std::int64_t row = block * height + i, first = p * columns;
            const std::int64_t end = std::min<std::int64_t>(V * lanes, row + 1 - first);
            T values[V * lanes];
            for (int v = 0; v < V; ++v) store<T>(values + v * lanes, product[i][v]);
            double* to = scatter + row * d_ + first;
            for (std::int64_t j = 0; j < end; ++j) to[j] += values[j];
        }
    }

    std::int64_t d_, n_panels_, n_blocks_;
    int n_ = 0;
    Buffer<T> rows_, residuals_, weighted_, sums_, high_, low_;
};

}  // namespace mixtura::MIXTURA_ISA
