/* Alternates what the native runner times with a bare loop over the engine, in one process.
 *
 * usage: bench_runner LIBRARY VARIANT ROUNDS RUNS
 * Writes, for each round, a line {"ev":"bare","ns":mean} and the runner's own events.
 */

#define main runner_main
#include "../runners/android/labtui_runner.c"
#undef main

/* The engine alone: nothing is written, read or dequantised. */
static double bare_mean_ns(int64_t runs) {
    int64_t start_ns = mono_ns();
    for (int64_t i = 0; i < runs; i++)
        lrt.RunCompiledModel(session.compiled, 0, session.input_count, session.input_handles,
                             session.output_count, session.output_handles);
    return (double)(mono_ns() - start_ns) / (double)runs;
}

static bool one_round(int64_t runs, Failure *failure) {
    MeasureRule rule = {.runs_left = runs};
    event_begin("bare");
    text_put(&event, ",\"ns\":%.17g", bare_mean_ns(runs));
    return send_event(&event, failure) &&
           sampler_run(&sampler, (Rule){.measure = &rule}, false, 0, failure);
}

int main(int argc, char **argv) {
    Failure failure = {0};
    LoadPlan plan = {.accelerator = "cpu", .threads = 1};
    if (argc != 5 || !claim_stdout()) return 2;
    catch_signals();
    reporter_start();
    bool is_well = engine_open(argv[1], plan.accelerator, &failure) &&
                   session_load(&session, argv[2], plan, &failure) &&
                   fill_seeded(session.inputs, session.input_count, 7, &failure) &&
                   infer(&session, &failure);
    for (int64_t left = atoll(argv[3]); is_well && left > 0; left--)
        is_well = one_round(atoll(argv[4]), &failure);
    if (!is_well) send_error(&failure);
    reporter_drain();
    _exit(is_well ? 0 : 1);
}
