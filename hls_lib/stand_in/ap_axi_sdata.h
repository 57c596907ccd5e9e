// Stand-in for the vendor's ap_axi_sdata.h: one beat of an AXI4-Stream with its side channels.
//
// Why it exists: C++ simulation without Vitis HLS (the vendor's open headers lack this file too).
// How to call it: ap_axiu<data bits, user bits (0 or more), 0, 0>; user exists only if it has bits.
#ifndef FPGAFLOW_STAND_IN_AP_AXI_SDATA_H
#define FPGAFLOW_STAND_IN_AP_AXI_SDATA_H

#include <ap_int.h>

namespace stand_in {

template <int UserBits>
struct User {
    ap_uint<UserBits> user = 0;
};
template <>
struct User<0> {};

}  // namespace stand_in

template <int DataBits, int UserBits, int IdBits, int DestBits>
struct ap_axiu : stand_in::User<UserBits> {
    static_assert(DataBits % 8 == 0, "TDATA is a whole number of bytes");
    static_assert(IdBits == 0 && DestBits == 0, "the stand-in has neither TID nor TDEST");
    ap_uint<DataBits> data = 0;
    ap_uint<DataBits / 8> keep = 0;
    ap_uint<DataBits / 8> strb = 0;
    ap_uint<1> last = 0;
};

#endif
