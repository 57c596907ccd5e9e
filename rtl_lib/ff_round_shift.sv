// `(value - Offset) / 2**Shift` rounded to an integer, where `value_i` has had `Offset` added already:
//
// Rounding 0 floor            Offset 0
//          1 towards zero     Offset 0
//          2 half up          Offset half = 2**(Shift - 1)
//          3 half down        Offset half - 1
//          4 half to zero     Offset half - 1
//          5 half away        Offset half - 1
//          6 half to even     Offset half
// (all 0 if Shift is 0). With this offset the floor is right but for one case, which the dropped bits tell.
module ff_round_shift #(
  parameter int Width = 2,
  parameter int Shift = 0,
  parameter int Rounding = 0
) (
  input  logic signed [Width-1:0] value_i,
  output logic signed [Width-1:0] value_o
);

  logic signed [Width-1:0] floor;
  assign floor = value_i >>> Shift;

  if (Shift == 0) begin : gen_exact
    assign value_o = floor;
  end else begin : gen_round
    logic [Shift-1:0] dropped;
    logic negative, all_zeros, all_ones;
    assign dropped   = value_i[Shift-1:0];
    assign negative  = value_i[Width-1];
    assign all_zeros = dropped == '0;
    assign all_ones  = dropped == '1;

    if (Rounding == 1) begin : gen_to_zero
      logic unused, up;
      assign unused  = all_ones;
      assign up      = negative & ~all_zeros;
      assign value_o = floor + Width'(up);
    end else if (Rounding == 4 || Rounding == 5) begin : gen_ties
      // All dropped bits one: a tie, rounded down so far.
      logic unused, up;
      assign unused  = all_zeros;
      assign up      = all_ones & ((Rounding == 4) ? negative : !negative);
      assign value_o = floor + Width'(up);
    end else if (Rounding == 6) begin : gen_even
      // All dropped bits zero: a tie, rounded up so far; an odd result goes back by one.
      logic unused;
      assign unused  = all_ones ^ negative;
      assign value_o = {floor[Width-1:1], floor[0] & ~all_zeros};
    end else begin : gen_floor
      logic unused;
      assign unused  = all_ones ^ all_zeros ^ negative;
      assign value_o = floor;
    end
  end

`ifndef SYNTHESIS
  initial assert (Shift < Width) else $error("ff_round_shift: Shift must be below Width");
`endif

endmodule
