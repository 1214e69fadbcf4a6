/* A library like LiteRT before 2.2: it has the name of one function that runners look for, and
 * lacks the others. */

int LiteRtCreateCompiledModel(void) { return 1; }
