// Product of signed operands modulo 2**SumWidth, registers behind the operands and behind each product; part of ff_join.
module ff_join_product #(
  parameter int Inputs = 2,
  parameter int OperandWidth = 2,
  parameter int SumWidth = 2
) (
  input  logic                           clk_i,
  input  logic                           enable_i,
  input  logic [Inputs*OperandWidth-1:0] operands_i,
  output logic [           SumWidth-1:0] product_o
);

  for (genvar i = 0; i < Inputs; i++) begin : gen_factor
    // Factor i waits for the product of those before it.
    logic [OperandWidth-1:0] factor;
    logic signed [SumWidth-1:0] product;

    ff_delay #(
      .Width(OperandWidth),
      .Depth((i == 0) ? 1 : i)
    ) u_factor (
      .clk_i,
      .enable_i,
      .data_i(operands_i[i*OperandWidth+:OperandWidth]),
      .data_o(factor)
    );

    if (i == 0) begin : gen_first
      assign product = SumWidth'($signed(factor));
    end else begin : gen_next
      always_ff @(posedge clk_i) begin
        if (enable_i) product <= SumWidth'(gen_factor[i-1].product * $signed(factor));
      end
    end
  end

  assign product_o = gen_factor[Inputs-1].product;

endmodule
