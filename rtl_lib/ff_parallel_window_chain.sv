// `Count` delays of `Depth` enabled cycles each, one behind the other: word n of `data_o` is `data_i` of (n + 1) * `Depth`
// enabled cycles ago. Has no reset of the data.
//
// Long delays lie side by side in one memory, in block RAM or LUTRAM: at each address the input, and what the delays but
// the last gave, of one cycle. The memory is read at the address behind that which is written.
module ff_parallel_window_chain #(
  parameter int Width = 1,
  parameter int Count = 1,
  parameter int Depth = 1,
  parameter bit Block = 1'b0
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   enable_i,
  input  logic [      Width-1:0] data_i,
  output logic [Count*Width-1:0] data_o
);

  logic [Count*Width-1:0] word;

  if (Count == 1) begin : gen_one
    assign word = data_i;
  end else begin : gen_many
    assign word = {data_o[(Count-1)*Width-1:0], data_i};
  end

  if (Depth <= 2) begin : gen_registers
    logic unused;
    assign unused = rst_ni;
    ff_delay #(
      .Width(Count * Width),
      .Depth(Depth)
    ) u_delay (
      .clk_i,
      .enable_i,
      .data_i(word),
      .data_o
    );
  end else begin : gen_memory
    localparam int AddressWidth = $clog2(Depth);
    logic [AddressWidth-1:0] address_q, address_d;
    assign address_d = (address_q == AddressWidth'(Depth - 1)) ? '0 : address_q + 1'b1;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) address_q <= '0;
      else if (enable_i) address_q <= address_d;
    end
    ff_window_memory #(
      .Width(Count * Width),
      .Depth(Depth),
      .Block(Block)
    ) u_memory (
      .clk_i,
      .write_i        (enable_i),
      .write_address_i(address_q),
      .write_data_i   (word),
      .read_i         (enable_i),
      .padding_i      (1'b0),
      .read_address_i (address_d),
      .read_data_o    (data_o)
    );
  end

endmodule
