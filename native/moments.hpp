// Last stage: the moments of a tile's rows for one component. The scatter is a register tile of dot
// products over the rows, of the lower triangle only. Sums over a tile are in T, totals in double.
#pragma once

#include <optional>

#include "products.hpp"

namespace mixtura::MIXTURA_ISA {

constexpr int tile_height = has_32_registers ? 6 : 3;
constexpr int tile_width = 3;

// to[i] += sum over lanes of v[i]; there are vectors enough to fill up the last batch.
template <class T>
inline void add_sums(const Vec<T>* v, int count, double* to) {
    constexpr int n = Lanes<T>::n;
    for (int i = 0; i < count; i += n) {
        T totals[n];
        store<T>(totals, sums<T>(v + i));
        for (int lane = 0; lane < n && i + lane < count; ++lane) to[i + lane] += totals[lane];
    }
}

// scatter[i][j] += sum over lanes of a_i b_j, for Height rows of a and Width rows of b; only where
// j <= i, if `is_diagonal`.
template <class T, int Height, int Width, bool is_diagonal>
void add_dots(const T* a, const T* b, int width, double* scatter, std::int64_t d) {
    constexpr int n = Lanes<T>::n;
    constexpr int count = is_diagonal ? Height * (Height + 1) / 2 : Height * Width;
    constexpr int padded = (count + n - 1) / n * n;
    const auto is_above = [](int i, int j) { return is_diagonal && j > i; };
    const auto index = [](int i, int j) { return is_diagonal ? i * (i + 1) / 2 + j : i * Width + j; };
    Vec<T> dots[padded];
#pragma GCC unroll 32
    for (int i = 0; i < padded; ++i) dots[i] = Vec<T>{};
    for (int lane = 0; lane < width; lane += n) {
        Vec<T> right[Width];
        for (int j = 0; j < Width; ++j) right[j] = load<T>(b + j * pitch<T>(width) + lane);
#pragma GCC unroll 6
        for (int i = 0; i < Height; ++i) {
            const Vec<T> left = load<T>(a + i * pitch<T>(width) + lane);
#pragma GCC unroll 6
            for (int j = 0; j < Width; ++j)
                if (!is_above(i, j)) dots[index(i, j)] += left * right[j];
        }
    }
    T totals[padded];
#pragma GCC unroll 32
    for (int i = 0; i < padded; i += n) store<T>(totals + i, sums<T>(dots + i));
    for (int i = 0; i < Height; ++i)
        for (int j = 0; j < Width; ++j)
            if (!is_above(i, j)) scatter[i * d + j] += totals[index(i, j)];
}

// Rows i0 to i0 + Height of the scatter: rectangles up to the diagonal, and a triangle on it.
template <class T, int Height>
void add_rows_of_dots(const T* weighted, const T* y, int width, std::int64_t i0, double* scatter,
                      std::int64_t d) {
    for (std::int64_t j0 = 0; j0 < i0; j0 += tile_width)
        add_dots<T, Height, tile_width, false>(weighted, y + j0 * pitch<T>(width), width,
                                               scatter + i0 * d + j0, d);
    add_dots<T, Height, Height, true>(weighted, y + i0 * pitch<T>(width), width,
                                      scatter + i0 * d + i0, d);
}

// scatter[i][j] += sum w y_i y_j for j <= i, and sum w y_i to the first moments if they are wanted.
// `weighted` holds `tile_height` rows.
template <class T>
void add_products(const T* w, const T* y, int width, std::int64_t d, T* weighted,
                  double* first_moments, double* scatter) {
    constexpr int n = Lanes<T>::n;
    static_assert(tile_height % tile_width == 0);
    for (std::int64_t i0 = 0; i0 < d; i0 += tile_height) {
        const int height = static_cast<int>(std::min<std::int64_t>(tile_height, d - i0));
        Vec<T> first[round_up(tile_height, n)] = {};
        for (int i = 0; i < height; ++i) {
            const T* in = y + (i0 + i) * pitch<T>(width);
            T* out = weighted + i * pitch<T>(width);
            Vec<T> total{};
            for (int b = 0; b < width; b += n) {
                const Vec<T> wy = load<T>(w + b) * load<T>(in + b);
                store<T>(out + b, wy);
                total += wy;
            }
            first[i] = total;
        }
        if (first_moments) add_sums<T>(first, height, first_moments + i0);
        switch (height) {
            case 6: add_rows_of_dots<T, 6>(weighted, y, width, i0, scatter, d); break;
            case 5: add_rows_of_dots<T, 5>(weighted, y, width, i0, scatter, d); break;
            case 4: add_rows_of_dots<T, 4>(weighted, y, width, i0, scatter, d); break;
            case 3: add_rows_of_dots<T, 3>(weighted, y, width, i0, scatter, d); break;
            case 2: add_rows_of_dots<T, 2>(weighted, y, width, i0, scatter, d); break;
            default: add_rows_of_dots<T, 1>(weighted, y, width, i0, scatter, d); break;
        }
    }
}

// sums[j] += sum w y_j, if they are wanted, and scatter[j * step] += sum w y_j^2; step 0 adds all
// features up.
template <class T>
void add_squares(const T* w, const T* x, const double* centre, int width, std::int64_t d,
                 double* sums, double* scatter, int step) {
    for (std::int64_t j = 0; j < d; ++j) {
        const Centre<T> c(centre[j]);
        Vec<T> first{}, second{};
        for (int b = 0; b < width; b += Lanes<T>::n) {
            const Vec<T> y = c.residual(load<T>(x + j * pitch<T>(width) + b));
            const Vec<T> wy = load<T>(w + b) * y;
            first += wy;
            second += wy * y;
        }
        if (sums) sums[j] += sum<T>(first);
        scatter[j * step] += sum<T>(second);
    }
}

// sums[j] += sum w y_j.
template <class T>
void add_residuals(const T* w, const T* x, const double* centre, int width, std::int64_t d,
                   double* sums) {
    for (std::int64_t j = 0; j < d; ++j) {
        const Centre<T> c(centre[j]);
        Vec<T> first{};
        for (int b = 0; b < width; b += Lanes<T>::n)
            first += load<T>(w + b) * c.residual(load<T>(x + j * pitch<T>(width) + b));
        sums[j] += sum<T>(first);
    }
}

// The moments of tiles, added to the sums of a pass.
template <class T>
class Accumulator {
public:
    explicit Accumulator(const Task& task)
        : task_(task),
          d_(task.mixture.n_features),
          y_(uninitialized<T>(d_ * pitch<T>(tile_rows(d_)))),
          weighted_(uninitialized<T>(tile_height * pitch<T>(tile_rows(d_)))) {
        if ((task.need == Need::full || task.need == Need::pooled) && d_ >= Products<T>::pays_from)
            products_.emplace(d_, tile_rows(d_));
    }

    // Where there are many features, rows are wanted as rows and not as a tile.
    std::optional<Products<T>>& products() { return products_; }

    // Component k with weights w for the rows of a tile.
    void add(std::int64_t k, const T* w, const T* x, int width, Sums& sums) {
        const double* centre = task_.centres + k * d_;
        double* first = sums.sums + k * d_;
        sums.counts[k] += total(w, width);
        switch (task_.need) {
            case Need::trace:
                add_squares<T>(w, x, centre, width, d_, first, sums.scatter + k, 0);
                break;
            case Need::diagonal:
                add_squares<T>(w, x, centre, width, d_, first, sums.scatter + k * d_, 1);
                break;
            default: {
                const std::int64_t at = task_.need == Need::full ? k * d_ * d_ : 0;
                if (products_) return products_->add(w, centre, first, sums.scatter + at);
                subtract<T>(x, centre, width, d_, y_.get());
                add_products<T>(w, y_.get(), width, d_, weighted_.get(), first, sums.scatter + at);
            }
        }
    }

    // The same without second moments.
    void add_without_scatter(std::int64_t k, const T* w, const T* x, int width, Sums& sums) {
        sums.counts[k] += total(w, width);
        add_residuals<T>(w, x, task_.centres + k * d_, width, d_, sums.sums + k * d_);
    }

private:
    static double total(const T* w, int width) {
        Vec<T> count{};
        for (int b = 0; b < width; b += Lanes<T>::n) count += load<T>(w + b);
        return sum<T>(count);
    }

    const Task& task_;
    std::int64_t d_;
    Buffer<T> y_, weighted_;
    std::optional<Products<T>> products_;
};

}  // namespace mixtura::MIXTURA_ISA
