// The binding: NumPy arrays in, NumPy arrays out. Shapes and types are checked by
// mixtura/_kernel.py, the only module that imports this one.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "cholesky.hpp"
#include "climb.hpp"
#include "constants.hpp"
#include "dispatch.hpp"
#include "parallel.hpp"
#include "seeding.hpp"

namespace nb = nanobind;
using namespace mixtura;

using In = nb::ndarray<const double, nb::numpy, nb::c_contig, nb::device::cpu>;
using Matrices = nb::ndarray<double, nb::numpy, nb::ndim<3>, nb::c_contig, nb::device::cpu>;
using Labels = nb::ndarray<const std::int64_t, nb::numpy, nb::c_contig, nb::device::cpu>;
using InOut = nb::ndarray<double, nb::numpy, nb::c_contig, nb::device::cpu>;
using InOutLabels = nb::ndarray<std::int64_t, nb::numpy, nb::c_contig, nb::device::cpu>;
using AnyRows = nb::ndarray<nb::ro, nb::numpy, nb::ndim<2>, nb::device::cpu>;

template <class T>
struct Out {
    T* data = nullptr;
    nb::object array = nb::none();

    Out() = default;
    explicit Out(std::vector<std::size_t> shape) {
        std::size_t size = 1;
        for (std::size_t s : shape) size *= s;
        data = new T[size];
        nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<T*>(p); });
        array = nb::cast(nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner));
    }
};

Out<double> copied(const std::vector<double>& values, std::vector<std::size_t> shape) {
    Out<double> out(shape);
    std::copy(values.begin(), values.end(), out.data);
    return out;
}

Rows rows_of(const AnyRows& rows, const std::optional<In>& weights) {
    return {rows.data(),
            rows.dtype() == nb::dtype<float>(),
            static_cast<std::int64_t>(rows.shape(0)),
            rows.stride(0),
            rows.stride(1),
            weights ? weights->data() : nullptr};
}

// A mixture as the binding is given it, with its constants.
struct Given {
    Mixture mixture;
    std::vector<double> constants;

    Given(int storage, bool shared, const In& weights, const In& means, const In& factors)
        : mixture{std::int64_t(means.shape(0)), std::int64_t(means.shape(1)), Storage(storage),
                  shared, weights.data(), nullptr, means.data(), factors.data(),
                  Storage(storage) == Storage::low_rank ? std::int64_t(factors.shape(1)) - 1 : 0},
          constants(log_constants(mixture)) {
        mixture.constants = constants.data();
    }
    Given(const Given&) = delete;
};

WorkerFor worker_named(const std::string& name) {
    for (const auto& [known, worker_for] : instruction_sets())
        if (known == name) return worker_for;
    throw nb::value_error(("This machine cannot run the instruction set " + name + ".").c_str());
}

// Work that is told how to ask whether the user wants it to end.
template <class Work>
auto releasing_gil(const Work& work) {
    bool raised = false;
    auto interrupted = [&raised] {
        nb::gil_scoped_acquire acquired;
        return raised = PyErr_CheckSignals() != 0;
    };
    auto done = [&] {
        nb::gil_scoped_release released;
        return work(interrupted);
    }();
    if (raised) throw nb::python_error();
    return done;
}

OwnSums run_releasing_gil(const Task& task, const std::string& isa, int n_threads) {
    const WorkerKind worker = worker_named(isa)(task);
    return releasing_gil([&](auto& interrupted) { return run(task, worker, n_threads, interrupted); });
}

using Holes = std::optional<std::tuple<Labels, Labels, Labels, Labels>>;

Patterns patterns_of(const Holes& holes) {
    if (!holes) return {};
    const auto& [order, pattern, starts, features] = *holes;
    return {true, order.data(), pattern.data(), starts.data(), features.data()};
}

void project(Task& task, const std::optional<In>& projections) {
    if (!projections) return;
    task.projections = projections->data();
    task.n_projections = std::int64_t(projections->shape(1));
}

// Counts, sums, scatter and log-likelihood.
nb::tuple moments_of(const OwnSums& own, Need need, std::size_t d) {
    const std::size_t k = own.counts.size();
    Out<double> scatter;
    switch (need) {
        case Need::trace: scatter = copied(own.scatter, {k}); break;
        case Need::diagonal: scatter = copied(own.scatter, {k, d}); break;
        case Need::projected: scatter = copied(own.scatter, {k, own.scatter.size() / (k * d), d}); break;
        case Need::pooled: scatter = copied(own.scatter, {d, d}); break;
        default: scatter = copied(own.scatter, {k, d, d});
    }
    if (need == Need::pooled || need == Need::full)  // mirror the lower triangle
        for (double* s = scatter.data; s < scatter.data + own.scatter.size(); s += d * d)
            for (std::size_t i = 0; i < d; ++i)
                for (std::size_t j = 0; j < i; ++j) s[j * d + i] = s[i * d + j];
    return nb::make_tuple(copied(own.counts, {k}).array, copied(own.sums, {k, d}).array, scatter.array,
                          own.log_likelihood);
}

nb::tuple moments_of(const OwnSums& own, const Task& task) {
    return moments_of(own, task.need, std::size_t(task.mixture.n_features));
}

// The parameters of several mixtures, one after the other, as those of each.
std::vector<Parameters> parts_of(const Model& model, const In& weights, const In& means,
                                 const In& factors) {
    const std::size_t n = weights.size() / std::size_t(model.k);
    auto part = [n](const In& values, std::size_t i) {
        const std::size_t size = values.size() / n;
        return std::vector<double>(values.data() + i * size, values.data() + (i + 1) * size);
    };
    std::vector<Parameters> parts;
    for (std::size_t i = 0; i < n; ++i)
        parts.push_back({part(weights, i), part(means, i), part(factors, i), {}});
    return parts;
}

NB_MODULE(_native, m) {
    m.doc() = "The passes over rows, compiled.";

    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const auto& [name, _] : instruction_sets()) names.push_back(name);
        return names;
    });

    m.def("expect", [](AnyRows rows, std::optional<In> weights, int storage, bool shared,
                       In component_weights, In means, In factors, int need, In centres,
                       std::optional<In> projections, bool single, Holes holes,
                       const std::string& isa, int n_threads) {
        const Given given(storage, shared, component_weights, means, factors);
        Task task{rows_of(rows, weights), given.mixture, {}, Need(need), centres.data(), single, {}};
        task.patterns = patterns_of(holes);
        project(task, projections);
        return moments_of(run_releasing_gil(task, isa, n_threads), task);
    }, nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
       nb::arg(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg().none(), nb::arg(), nb::arg());

    m.def("climb", [](AnyRows rows, std::optional<In> weights, std::int64_t n_components, int storage,
                      int sharing, In component_weights, In means, In factors, In reg_covar,
                      std::tuple<double, std::int64_t, std::int64_t, double, bool> stopping,
                      const std::string& isa, int n_threads) {
        const Rows plain = rows_of(rows, weights);
        const Model model{Storage(storage), Sharing(sharing), n_components,
                          std::int64_t(rows.shape(1)), reg_covar.data()};
        const auto [tol, max_iter, span, previous_bound, aitken] = stopping;
        const Stopping rule{tol, max_iter, span, previous_bound, aitken};
        const Climb climb(plain, model, rule, worker_named(isa));
        std::vector<Parameters> starts = parts_of(model, component_weights, means, factors);
        const std::vector<Climbed> ended = releasing_gil(
            [&](auto& interrupted) { return climb_each(climb, starts, n_threads, interrupted); });
        const std::size_t k = std::size_t(n_components), d = rows.shape(1);
        nb::list out;
        for (const Climbed& run : ended) {
            nb::object moments = nb::none(), centres = nb::none();
            if (run.moments) {
                moments = moments_of(*run.moments, model.need(), d);
                centres = copied(run.centres, {k, d}).array;
            }
            out.append(nb::make_tuple(int(run.outcome), run.bounds, moments, centres));
        }
        return out;
    }, nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
       nb::arg(), nb::arg(), nb::arg(), nb::arg());

    m.def("collect", [](AnyRows rows, std::optional<In> weights, std::optional<Labels> labels,
                        std::optional<In> responsibilities, int need, In centres,
                        std::optional<In> projections,
                        std::optional<std::tuple<int, bool, In, In, In>> expecting, Holes holes,
                        const std::string& isa, int n_threads) {
        std::optional<Given> given;
        if (expecting) std::apply([&](auto&... each) { given.emplace(each...); }, *expecting);
        Task task{rows_of(rows, weights),
                  given ? given->mixture
                        : Mixture{std::int64_t(centres.shape(0)), std::int64_t(centres.shape(1)),
                                  Storage::spherical, false, nullptr, nullptr, nullptr, nullptr},
                  {labels ? labels->data() : nullptr,
                   responsibilities ? responsibilities->data() : nullptr},
                  Need(need),
                  centres.data(),
                  false,
                  {}};
        task.patterns = patterns_of(holes);
        project(task, projections);
        return moments_of(run_releasing_gil(task, isa, n_threads), task);
    }, nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg(), nb::arg(),
       nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg(), nb::arg());

    m.def("answer", [](AnyRows rows, int storage, bool shared, In component_weights, In means,
                       In factors, const std::string& what, Holes holes, const std::string& isa,
                       int n_threads) {
        const Given given(storage, shared, component_weights, means, factors);
        const std::size_t n = rows.shape(0), k = means.shape(0), d = means.shape(1);
        Out<double> real;
        Out<std::int64_t> whole;
        Answers answers{};
        if (what == "labels") {
            whole = Out<std::int64_t>({n});
            answers.labels = whole.data;
        } else if (what == "responsibilities") {
            real = Out<double>({n, k});
            answers.responsibilities = real.data;
        } else if (what == "imputed") {
            real = Out<double>({n, d});
            answers.imputed = real.data;
        } else {
            real = Out<double>({n});
            (what == "log_density" ? answers.log_density : answers.log_certainty) = real.data;
        }
        Task task{rows_of(rows, std::nullopt),
                  given.mixture,
                  {},
                  Need::none,
                  nullptr,
                  false,
                  answers};
        task.patterns = patterns_of(holes);
        run_releasing_gil(task, isa, n_threads);
        return what == "labels" ? whole.array : real.array;
    }, nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(), nb::arg(),
       nb::arg().none(), nb::arg(), nb::arg());

    m.def("inverse_cholesky", [](Matrices matrices, bool accurate) {
        const std::int64_t k = matrices.shape(0), d = matrices.shape(2);
        std::vector<std::int64_t> failed;
        for (std::int64_t i = 0; i < k; ++i) {
            double* matrix = matrices.data() + i * d * d;
            if (!(accurate ? accurate_inverse_cholesky : inverse_cholesky)(matrix, d))
                failed.push_back(i);
        }
        return failed;
    });

    m.def("invert_lower", [](Matrices factors) {
        const std::int64_t k = factors.shape(0), d = factors.shape(2);
        for (std::int64_t i = 0; i < k; ++i) invert_lower(factors.data() + i * d * d, d);
    });

    m.def("nearest", [](AnyRows rows, std::optional<In> weights, In centres,
                        std::optional<InOutLabels> labels, std::optional<InOut> gaps,
                        std::optional<In> drifts, bool with_distances,
                        const std::string& isa, int n_threads) {
        const std::size_t n = rows.shape(0), k = centres.shape(0), d = centres.shape(1);
        Out<double> distances = with_distances ? Out<double>({n}) : Out<double>();
        std::atomic<std::int64_t> changed{0};
        Task task{};
        task.act = Act::nearest;
        task.rows = rows_of(rows, weights);
        task.mixture.n_components = std::int64_t(k);
        task.mixture.n_features = std::int64_t(d);
        task.mixture.means = task.centres = centres.data();
        task.need = Need::trace;
        task.nearest = {labels ? labels->data() : nullptr, distances.data, &changed,
                        gaps ? gaps->data() : nullptr, drifts ? drifts->data() : nullptr};
        const OwnSums own = run_releasing_gil(task, isa, n_threads);
        return nb::make_tuple(copied(own.counts, {k}).array, copied(own.sums, {k, d}).array,
                              -2 * own.log_likelihood, changed.load(), distances.array);
    }, nb::arg(), nb::arg().none(), nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg().none(),
       nb::arg(), nb::arg(), nb::arg());

    m.def("seeds", [](AnyRows rows, std::optional<In> weights, std::int64_t first, In uniforms,
                      const std::string& isa, int n_threads) {
        const std::int64_t n_more = uniforms.shape(0), n_trials = uniforms.shape(1);
        Seeding seeding(rows_of(rows, weights), rows.shape(1), n_trials, [&](const Task& task) {
            // Each pass may be too short to look whether to stop, and all together be long.
            if (PyErr_CheckSignals() != 0) throw nb::python_error();
            return run_releasing_gil(task, isa, n_threads);
        });
        const auto seeds = seeding.draw(first, uniforms.data(), n_more, n_trials);
        Out<std::int64_t> out({seeds.size()});
        std::copy(seeds.begin(), seeds.end(), out.data);
        return out.array;
    }, nb::arg(), nb::arg().none(), nb::arg(), nb::arg(), nb::arg(), nb::arg());
}
