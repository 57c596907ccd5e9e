// Exits with 0 if the model of plus.sv makes ANSWER out of 20.
#include "Vtop.h"

int main() {
    Vtop top;
    top.a = 20;
    top.eval();
    return top.b == ANSWER ? 0 : 1;
}
