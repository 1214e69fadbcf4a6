import Foundation

/// One launch: check the variant, load it, show what it computes, warm up, measure, look closer.
///
/// Every private method throws what ends the launch with an `error` event.
public final class Launch {
    private let job: Job
    private let phone: Phone
    private let reporter: Reporter
    private let stopper: Stopper
    private let engine: ModelEngine
    private var lastReadingNs: Int?
    private var lastThermalState: String?

    private init(_ job: Job, _ phone: Phone, _ reporter: Reporter, _ stopper: Stopper) {
        self.job = job
        self.phone = phone
        self.reporter = reporter
        self.stopper = stopper
        engine = phone.openEngine()
    }

    /// Carries out a job and reports all of it, `end` or `error` included.
    public static func carryOut(
        _ job: Job, on phone: Phone, to reporter: Reporter, until stopper: Stopper
    ) {
        do {
            let places = try job.paths.map { try phone.inbox.path(of: $0) }
            if let rawFile = job.rawFile {
                try reporter.copy(to: phone.inbox.path(of: rawFile))
            }
            let launch = Launch(job, phone, reporter, stopper)
            reporter.finish(with: try launch.run(variant: places[0]))
        } catch {
            reporter.finish(with: .error(RunnerFailure.of(error)))
        }
    }

    private func run(variant: String) throws -> Event {
        try refuseWhatIsNotThere()
        try reporter.send(
            .hello(engine, runnerVersion: phone.runnerVersion, clock: phone.clock))
        try verify(variant)
        var counts = (warmup: 0, measured: 0)
        if !stopper.isStopped {
            try load(variant)
            try describe()
            counts = try measure()
            try lookCloser(variant)
        }
        return .end(
            t: phone.clock.monoNs(), warmup: counts.warmup, measured: counts.measured,
            isStopped: stopper.isStopped)
    }

    private func refuseWhatIsNotThere() throws {
        guard job.engine.affinity == nil else {
            throw RunnerFailure(
                .badJob, "iOS cannot keep a program to CPUs: leave affinity out")
        }
        guard job.engine.library == nil else {
            throw RunnerFailure(
                .engineMissing, "\(engine.name) is a part of iOS: leave engine.library out")
        }
    }

    private func verify(_ variant: String) throws {
        guard let digest = try? contentDigest(variant) else {
            throw RunnerFailure(.modelMissing, "the variant \(job.variant) cannot be read")
        }
        guard digest.sha256 == job.sha256 else {
            throw RunnerFailure(
                .digestMismatch,
                "\(job.variant) has the digest \(digest.sha256), not \(job.sha256): push it again")
        }
        let format = URL(fileURLWithPath: variant).pathExtension
        guard engine.formats.contains(format) else {
            let known = engine.formats.sorted().map { "." + $0 }.joined(separator: ", ")
            throw RunnerFailure(
                .modelRefused,
                "\(engine.name) does not run .\(format) variants: convert it to one of \(known)")
        }
    }

    private func load(_ variant: String) throws {
        let times = try engine.load(variant, accelerator: job.engine.accelerator)
        try engine.setInputs(seededInputs(engine.inputs, seed: job.seed))
        let startNs = phone.clock.monoNs()
        try engine.infer()
        let endNs = phone.clock.monoNs()
        try reporter.send(
            .loaded(
                t: endNs, initNs: times.compileNs + times.loadNs, firstNs: endNs - startNs,
                rssBytes: phone.thermal.residentBytes))
        let text = "compiled in \(ms(times.compileNs)), loaded in \(ms(times.loadNs)), "
            + "again in \(ms(times.reloadNs)); \(engine.name) chooses its threads itself"
        try reporter.send(.log("info", text))
    }

    private func ms(_ ns: Int) -> String { "\(ns / 1_000_000) ms" }

    private func describe() throws {
        let placement = engine.placement()
        try reporter.send(
            .placement(asked: job.engine.accelerator, opsByUnit: placement.opsByUnit))
        if let note = placement.note { try reporter.send(.log("info", note)) }
        let fingerprints = engine.outputs.map(Fingerprint.init)
        try reporter.send(.outputs(fingerprints))
        for output in fingerprints where output.isCut {
            try warn("output \(output.tensor.spec.name) holds NaN or infinity")
        }
    }

    private func measure() throws -> (warmup: Int, measured: Int) {
        let sampler = Sampler(
            infer: engine.infer, report: report, stopper: stopper, clock: phone.clock)
        var warmup = 0
        if job.warmup.minRuns > 0 {
            var rule = SteadyRule(job.warmup, startNs: phone.clock.monoNs())
            warmup = try sampler.run(isWarmup: true) { rule.isDone(durationNs: $0, endNs: $1) }
        }
        var rule = MeasureRule(job.measure, startNs: phone.clock.monoNs())
        let measured = try sampler.run(isWarmup: false, rateHz: job.rateHz) { _, endNs in
            rule.isDone(endNs: endNs)
        }
        return (warmup, measured)
    }

    private func report(_ samples: Event) throws {
        try reporter.send(samples)
        try sendReadingIfDue()
    }

    /// Sends a reading when the last one is a second old, or the heat has changed.
    private func sendReadingIfDue() throws {
        let nowNs = phone.clock.monoNs()
        let state = phone.thermal.thermalState
        let isRecent = lastReadingNs.map { nowNs - $0 < RunnerProtocol.readingNs } ?? false
        if isRecent && state == lastThermalState { return }
        lastReadingNs = nowNs
        lastThermalState = state
        try reporter.send(.reading(t: nowNs, phone.thermal))
    }

    private func warn(_ text: String) throws {
        try reporter.send(.log("warning", text))
    }
}

/// What comes after the last sample: control run, profiling pass, eval set.
extension Launch {
    private func lookCloser(_ variant: String) throws {
        if job.controlRuns > 0 && !stopper.isStopped { try control(variant) }
        if job.profileRuns > 0 && !stopper.isStopped {
            try warn("no profile: \(engine.name) does not tell how long its ops take")
        }
        if let eval = job.eval, !stopper.isStopped {
            let run = try EvalRun(
                eval, inbox: phone.inbox, engine: engine, clock: phone.clock)
            if let event = try run.run(stopper: stopper, between: sendReadingIfDue) {
                try reporter.send(event)
            }
        }
    }

    private func control(_ variant: String) throws {
        if job.engine.accelerator == "cpu" {
            try warn("no control run: the job asks for nothing that could be left out")
            return
        }
        let event: Event?
        do {
            event = try controlRun(variant)
        } catch {
            try warn("no control run: \(RunnerFailure.of(error).text)")
            return
        }
        if let event { try reporter.send(event) }
    }

    private func controlRun(_ variant: String) throws -> Event? {
        let plain = phone.openEngine()
        _ = try plain.load(variant, accelerator: "cpu")
        try plain.setInputs(seededInputs(plain.inputs, seed: job.seed))
        try plain.infer()
        var firstNs: Int?
        var durationsNs: [Int] = []
        while durationsNs.count < job.controlRuns && !stopper.isStopped {
            let startNs = phone.clock.monoNs()
            try plain.infer()
            durationsNs.append(phone.clock.monoNs() - startNs)
            firstNs = firstNs ?? startNs
            try sendReadingIfDue()
        }
        return firstNs.map { Event.control(t: $0, unit: "cpu", durationsNs: durationsNs) }
    }
}
