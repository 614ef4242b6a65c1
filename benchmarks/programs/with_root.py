"""ROOT: a HistFactory model, minimised by RooFit with Minuit2.

One channel, one HistoSys for each systematic and process. Their PiecewiseInterpolation is given code 5, ROOT's
multiplicative form of interpolation code 4: the same as ``OverallSys`` in a channel for each bin, without so many
channels. Likelihoods are evaluated by the vectorising "cpu" backend; "codegen", which has analytic gradients, isn't in
the wheel.
"""

import warnings

warnings.filterwarnings("ignore", message="[\\s\\S]*alpha stage")

import numpy as np  # noqa: E402
import ROOT  # noqa: E402

RANGE = 20.0
TINY = 1e-9  # events instead of none, since code 5 divides by the nominal yield


class Program:
    compiled = False
    packages = ("root",)

    def __init__(self, data, folder, tolerance):
        self.tolerance = float(tolerance)
        self.settings = f"HistFactory, RooFit's cpu backend, Minuit2: MIGRAD and HESSE, strategy 0, Eps {tolerance}"
        ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.FATAL)
        self.bins, self.mc_error = data["mc_error"].size, data["mc_error"]
        self.kept = []
        self.workspace = workspace = ROOT.RooStats.HistFactory.HistoToWorkspaceFactoryFast.MakeCombinedModel(
            self.measurement(data)
        )
        for function in workspace.allFunctions():
            if isinstance(function, ROOT.PiecewiseInterpolation):
                function.setAllInterpCodes(5)
                function.setPositiveDefinite(False)
        systematics = data["up"].shape[1]
        self.mu = workspace.var("mu")
        names = [f"alpha_s{k}" for k in range(systematics)], [f"gamma_stat_channel_bin_{b}" for b in range(self.bins)]
        self.theta, self.gamma = [[workspace.var(name) for name in group] for group in names]
        self.measured = [workspace.var(f"nom_{name}") for group in names for name in group]
        for parameter in self.theta:
            parameter.setRange(-RANGE, RANGE)
            parameter.setError(1.0)
        for parameter, error in zip(self.gamma, self.mc_error, strict=True):
            parameter.setRange(1 - RANGE * error, 1 + RANGE * error)
            parameter.setError(error)
        self.mu.setRange(-RANGE, RANGE)
        self.mu.setError(0.5)
        self.parameters = [self.mu, *self.theta, *self.gamma]
        model = workspace["ModelConfig"]
        self.nll = model.GetPdf().createNLL(
            self.dataset(data["counts"]),
            Constrain=model.GetNuisanceParameters(),
            GlobalObservables=model.GetGlobalObservables(),
            EvalBackend="cpu",
            Offset="none",
        )
        self.width = np.concatenate([np.ones(1 + systematics), self.mc_error])
        self.centre = np.repeat([0.0, 1.0], [1 + systematics, self.bins])
        self.start = np.r_[1.0, self.centre[1:]]
        self.counts = data["counts"]

    def histogram(self, name, contents, errors=None):
        histogram = ROOT.TH1D(name, name, self.bins, 0.0, 1.0)
        histogram.SetDirectory(ROOT.nullptr)
        for b in range(self.bins):
            histogram.SetBinContent(b + 1, contents[b])
            histogram.SetBinError(b + 1, 0.0 if errors is None else errors[b])
        self.kept.append(histogram)  # HistFactory goes on reading it, and Python would delete it
        return histogram

    def measurement(self, data):
        factory = ROOT.RooStats.HistFactory
        channel = factory.Channel("channel")
        channel.SetData(self.histogram("observed", data["counts"]))
        channel.SetStatErrorConfig(0.0, "Gaussian")
        for p, nominal in enumerate(np.maximum(data["nominal"], TINY)):
            sample = factory.Sample(f"process_{p}")
            # HistFactory adds the errors of the samples in quadrature: the first carries all of it
            sample.SetHisto(self.histogram(f"nominal_{p}", nominal, self.mc_error * data["nominal"].sum(0) * (p == 0)))
            sample.SetNormalizeByTheory(False)
            sample.ActivateStatError()
            if data["signal"][p]:
                sample.AddNormFactor("mu", 1.0, -RANGE, RANGE)
            for k, (up, down) in enumerate(zip(data["up"][p], data["down"][p], strict=True)):
                systematic = factory.HistoSys()
                systematic.SetName(f"s{k}")
                systematic.SetHistoHigh(self.histogram(f"up_{p}_{k}", nominal * up))
                systematic.SetHistoLow(self.histogram(f"down_{p}_{k}", nominal * down))
                sample.AddHistoSys(systematic)
            channel.AddSample(sample)
        measurement = factory.Measurement("benchmark", "benchmark")
        measurement.SetPOI("mu")
        measurement.SetLumi(1.0)
        measurement.SetLumiRelErr(0.1)
        measurement.AddConstantParam("Lumi")
        measurement.AddChannel(channel)
        return measurement

    def dataset(self, counts):
        """Kept on ``self``: RooFit goes on reading it."""
        x = self.workspace.var("obs_x_channel")
        index = self.workspace.cat("channelCat")
        self.observed = ROOT.RooDataHist(
            "data", "data", ROOT.RooArgList(x), Index=index, Import={"channel": self.histogram("data", counts)}
        )
        return self.observed

    def minimise(self, mu=None, hesse=False):
        for parameter, value in zip(self.parameters, self.start, strict=True):
            parameter.setVal(value)
        self.mu.setConstant(mu is not None)
        if mu is not None:
            self.mu.setVal(mu)
        minimiser = ROOT.RooMinimizer(self.nll)
        minimiser.setPrintLevel(-1)
        minimiser.setStrategy(0)
        minimiser.setEps(self.tolerance)
        minimiser.minimize("Minuit2", "Migrad")
        if hesse:
            minimiser.hesse()
        values = np.array([parameter.getVal() for parameter in self.parameters])
        return minimiser, (values - self.centre) / self.width

    def fit(self):
        minimiser, params = self.minimise(hesse=True)
        result = minimiser.save()
        position = {parameter.GetName(): i for i, parameter in enumerate(result.floatParsFinal())}
        order = [position[parameter.GetName()] for parameter in self.parameters]
        matrix = result.covarianceMatrix()
        size = matrix.GetNrows()
        covariance = np.array([matrix[i][j] for i in range(size) for j in range(size)]).reshape(size, size)[
            np.ix_(order, order)
        ]
        return params, covariance / np.outer(self.width, self.width)

    def scan(self, mus):
        return np.array([self.minimise(float(mu))[1] for mu in mus])

    def toys(self, counts, measured):
        found = []
        for n, a in zip(counts, measured, strict=True):
            self.load(n, a)
            found.append(self.minimise()[1])
        self.load(self.counts, np.zeros(len(self.measured)))
        return np.array(found)

    def load(self, counts, measured):
        for variable, value in zip(self.measured, self.centre[1:] + self.width[1:] * measured, strict=True):
            variable.setVal(value)
        self.nll.setData(self.dataset(counts), False)
