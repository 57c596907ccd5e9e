// One of several 32-bit constants, `Width` bits of it: the one whose bit of `choice_i` is 1; zero if none is.
module ff_window_choice #(
  parameter int Width = 1,
  parameter int Choices = 1,
  parameter logic [32*Choices-1:0] Values = '0
) (
  input  logic [Choices-1:0] choice_i,
  output logic [  Width-1:0] value_o
);

  for (genvar b = 0; b < Width; b++) begin : gen_bit
    logic [Choices-1:0] having;
    for (genvar c = 0; c < Choices; c++) begin : gen_choice
      assign having[c] = Values[32*c+b];
    end
    assign value_o[b] = |(choice_i & having);
  end

endmodule
