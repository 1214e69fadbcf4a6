/* A library with the C API of TensorFlow Lite: any file is a model of three ops, y = 2 x.
 *
 * Defines choose what it is like: GPU_OPS (how many ops its GPU takes; left out: there is no GPU),
 * NNAPI, GPU_IS_BROKEN, REFUSES_SPY, FAILS_TO_RUN, VERSION.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef VERSION
#define VERSION "2.17.0"
#endif
#define OPS 3
#define ELEMENTS 4

typedef struct {
    int size;
    int data[OPS];
} Ints;

typedef struct Delegate Delegate;
typedef struct Context Context;

typedef struct {
    Ints *inputs, *outputs, *intermediates, *temporaries;
    void *user_data, *builtin_data;
    const void *custom_data;
    int custom_bytes;
    Delegate *delegate;
    bool has_side_effect;
} Node;

typedef struct {
    void *init, *free, *prepare, *invoke, *profiling_string;
    int32_t builtin_code;
    const char *custom_name;
    int version;
} Registration;

struct Context {
    size_t tensor_count;
    int (*get_execution_plan)(Context *, Ints **);
    void *tensors, *impl, *resize_tensor, *report_error, *add_tensors;
    int (*get_node)(Context *, int, Node **, Registration **);
};

struct Delegate {
    void *data;
    int (*prepare)(Context *, Delegate *);
    void *copy_from, *copy_to, *free_buffer;
    int64_t flags;
    void *opaque_builder;
    const char *name;
    int ops;
};

typedef struct {
    Delegate *delegates[4];
    int count;
} Options;

typedef struct {
    Options options;
    float x[ELEMENTS], y[ELEMENTS];
} Interpreter;

typedef struct {
    int32_t words[8];
} DelegateOptions;

typedef struct {
    float scale;
    int32_t zero_point;
} Quantization;

static Interpreter *seen; /* by the context's functions */
static struct {
    Delegate *delegate;
    Ints *nodes;
} parameters;
static Ints taken;

const char *TfLiteVersion(void) {
    return VERSION;
}
void *TfLiteModelCreateFromFile(const char *path) {
    return strdup(path);
}
void TfLiteModelDelete(void *model) {
    free(model);
}
void *TfLiteInterpreterOptionsCreate(void) {
    return calloc(1, sizeof(Options));
}
void TfLiteInterpreterOptionsDelete(void *options) {
    free(options);
}
void TfLiteInterpreterOptionsSetNumThreads(void *options, int32_t n) {
    (void)options, (void)n;
}

void TfLiteInterpreterOptionsAddDelegate(void *options, void *delegate) {
    Options *to = options;
    to->delegates[to->count++] = delegate;
}

void *TfLiteInterpreterCreate(const void *model, const void *options) {
    Interpreter *made = calloc(1, sizeof *made);
    (void)model;
    made->options = *(const Options *)options;
    return made;
}

void TfLiteInterpreterDelete(void *interpreter) {
    free(interpreter);
}
int TfLiteInterpreterAllocateTensors(void *interpreter) {
    return interpreter == NULL;
}

int TfLiteInterpreterInvoke(void *interpreter) {
    Interpreter *run = interpreter;
    for (int i = 0; i < ELEMENTS; i++) run->y[i] = 2 * run->x[i];
#ifdef FAILS_TO_RUN
    return 1;
#else
    return 0;
#endif
}

int32_t TfLiteInterpreterGetInputTensorCount(const void *interpreter) {
    return interpreter != NULL;
}
int32_t TfLiteInterpreterGetOutputTensorCount(const void *interpreter) {
    return interpreter != NULL;
}
void *TfLiteInterpreterGetInputTensor(const void *of, int32_t i) {
    return ((Interpreter *)of)->x + i;
}
const void *TfLiteInterpreterGetOutputTensor(const void *of, int32_t i) {
    return ((Interpreter *)of)->y + i;
}
int TfLiteTensorType(const void *tensor) {
    return tensor != NULL;
}
int32_t TfLiteTensorNumDims(const void *tensor) {
    return 1 + (tensor != NULL);
}
int32_t TfLiteTensorDim(const void *tensor, int32_t i) {
    return tensor != NULL && i == 1 ? ELEMENTS : 1;
}
size_t TfLiteTensorByteSize(const void *tensor) {
    return tensor != NULL ? ELEMENTS * sizeof(float) : 0;
}
const char *TfLiteTensorName(const void *tensor) {
    return tensor != NULL ? "t" : NULL;
}
Quantization TfLiteTensorQuantizationParams(const void *tensor) {
    return (Quantization){tensor == NULL, 0};
}

int TfLiteTensorCopyFromBuffer(void *tensor, const void *data, size_t bytes) {
    memcpy(tensor, data, bytes);
    return 0;
}

int TfLiteTensorCopyToBuffer(const void *tensor, void *data, size_t bytes) {
    memcpy(data, tensor, bytes);
    return 0;
}

/* The first delegate takes its ops as one node; the others and the engine get one node for each. */
static int first_ops(void) {
    int ops = seen->options.count > 0 ? seen->options.delegates[0]->ops : 0;
    return ops < OPS ? ops : OPS;
}

static int plan(Context *context, Ints **nodes) {
    static Ints all;
    (void)context;
    all = (Ints){OPS - first_ops() + (first_ops() > 0), {0, 1, 2}};
    *nodes = &all;
    return 0;
}

static int node(Context *context, int index, Node **node, Registration **registration) {
    static Node made;
    static Registration registered;
    (void)context;
    bool is_taken = index == 0 && first_ops() > 0;
    taken = (Ints){first_ops(), {0, 1, 2}};
    parameters.delegate = seen->options.delegates[0];
    parameters.nodes = &taken;
    made = (Node){.builtin_data = &parameters, .delegate = is_taken ? parameters.delegate : NULL};
    registered = (Registration){.custom_name = is_taken ? parameters.delegate->name : NULL};
    *node = &made;
    *registration = &registered;
    return 0;
}

int TfLiteInterpreterModifyGraphWithDelegate(void *interpreter, void *delegate) {
#ifdef REFUSES_SPY
    (void)interpreter, (void)delegate;
    return 1;
#else
    Context context = {.get_execution_plan = plan, .get_node = node};
    seen = interpreter;
    return ((Delegate *)delegate)->prepare(&context, delegate);
#endif
}

static void *made_delegate(const char *name, int ops) {
    Delegate *delegate = calloc(1, sizeof *delegate);
    delegate->name = name;
    delegate->ops = ops;
    return delegate;
}

#ifdef GPU_OPS
DelegateOptions TfLiteGpuDelegateOptionsV2Default(void) {
    return (DelegateOptions){{0}};
}
void TfLiteGpuDelegateV2Delete(void *delegate) {
    free(delegate);
}

void *TfLiteGpuDelegateV2Create(const void *options) {
    (void)options;
#ifdef GPU_IS_BROKEN
    return NULL;
#else
    return made_delegate("TfLiteGpuDelegateV2", GPU_OPS);
#endif
}
#endif

#ifdef NNAPI
DelegateOptions TfLiteNnapiDelegateOptionsDefault(void) {
    return (DelegateOptions){{0}};
}
void *TfLiteNnapiDelegateCreate(const void *options) {
    return (void)options, made_delegate("TfLiteNnapiDelegate", OPS);
}
void TfLiteNnapiDelegateDelete(void *delegate) {
    free(delegate);
}
#endif
