// Products of `Simd` inputs with one signed digit each, 0 or ±2**shift, without multiplication: the shifted input, inverted
// if the digit is negative. The sum of the products is that of `products_o` (signed) and `carries_o`.
//
// From the least significant bit a digit has an index `fine` of `FineBits` bits, an index `coarse` of `CoarseBits` bits, and
// its sign; it is 0 if `fine` is, else it shifts by Shifts[fine] + Shifts[4 + coarse] (bytes of `Shifts`). Up to three
// shifts, one index and a sign fill a LUT6 for each bit; a coarse shift takes up to one more.
module ff_shift_products #(
  parameter int Simd = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter int FineBits = 1,
  parameter int CoarseBits = 0,
  parameter logic [63:0] Shifts = '0,
  parameter int Width = 2
) (
  input  logic [             Simd*InputWidth-1:0] inputs_i,
  input  logic [Simd*(FineBits+CoarseBits+1)-1:0] digits_i,
  output logic [                  Simd*Width-1:0] products_o,
  output logic [                        Simd-1:0] carries_o
);

  localparam int DigitWidth = FineBits + CoarseBits + 1;

  always_comb begin
    logic [DigitWidth-1:0] digit;
    logic [FineBits-1:0] fine;
    logic [DigitWidth-2:0] coarse;
    logic negative;
    logic [InputWidth-1:0] x;
    logic [Width-1:0] extended, near, far;
    for (int s = 0; s < Simd; s++) begin
      digit    = digits_i[s*DigitWidth+:DigitWidth];
      fine     = FineBits'(digit);
      coarse   = (DigitWidth - 1)'(digit) >> FineBits;
      negative = 1'(digit >> (DigitWidth - 1));
      x        = inputs_i[s*InputWidth+:InputWidth];
      extended = InputSigned ? Width'($signed(x)) : Width'(x);
      near     = '0;
      for (int i = 1; i < (1 << FineBits); i++) begin
        if (fine == FineBits'(i)) near = extended << Shifts[8*i+:8];
      end
      far = near;
      for (int i = 0; i < (1 << CoarseBits); i++) begin
        if (coarse == (DigitWidth - 1)'(i)) far = near << Shifts[8*(4+i)+:8];
      end
      products_o[s*Width+:Width] = far ^ {Width{negative}};
      carries_o[s] = negative;
    end
  end

endmodule
