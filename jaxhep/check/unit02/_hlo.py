"""Programs of XLA as text."""
# ruff: noqa: E501

PROGRAM = """\
HloModule jit_nll2, is_scheduled=true, entry_computation_layout={(f64[], f64[], f64[1000]{0}, f64[1000]{0}, f64[1000]{0}, /*index=5*/f64[1000]{0})->f64[]}

%region_0.1.clone (reduce_sum.0: f64[], reduce_sum.1: f64[]) -> f64[] {
  %reduce_sum.0 = f64[] parameter(0)
  %reduce_sum.1 = f64[] parameter(1)
  ROOT %reduce_sum.2 = f64[] add(%reduce_sum.0, %reduce_sum.1)
}

%fused_computation (param_0.1: f64[], param_1.3: f64[32]) -> f64[] {
  %param_1.3 = f64[32]{0} parameter(1)
  %constant.1 = f64[] constant(0)
  %reduce_sum.6 = f64[] reduce(%param_1.3, %constant.1), dimensions={0}, to_apply=%region_0.1.clone
  %constant.0 = f64[] constant(2)
  %mul.0 = f64[] multiply(%reduce_sum.6, %constant.0)
  %param_0.1 = f64[] parameter(0)
  %integer_pow.0 = f64[] multiply(%param_0.1, %param_0.1)
  ROOT %add.0 = f64[] add(%mul.0, %integer_pow.0)
}

%fused_computation.1 (param_0.3: f64[1000], param_1.7: f64[1000], param_2.5: f64[1000], param_3.2: f64[], param_4.3: f64[1000], param_5.1: f64[]) -> f64[1000] {
  %param_5.1 = f64[] parameter(5)
  %mul.4 = f64[1000]{0} broadcast(%param_5.1), dimensions={}
  %param_4.3 = f64[1000]{0} parameter(4)
  %mul.3 = f64[1000]{0} multiply(%mul.4, %param_4.3)
  %param_1.7 = f64[1000]{0} parameter(1)
  %param_2.5 = f64[1000]{0} parameter(2)
  %param_3.2 = f64[] parameter(3)
  %pow.1 = f64[1000]{0} broadcast(%param_3.2), dimensions={}
  %pow.0 = f64[1000]{0} power(%param_2.5, %pow.1)
  %mul.2 = f64[1000]{0} multiply(%param_1.7, %pow.0)
  %add.1 = f64[1000]{0} add(%mul.3, %mul.2)
  %param_0.3 = f64[1000]{0} parameter(0)
  %log.0 = f64[1000]{0} log(%add.1)
  %mul.1 = f64[1000]{0} multiply(%param_0.3, %log.0)
  ROOT %sub.0 = f64[1000]{0} subtract(%add.1, %mul.1)
}

%region_0.1 (reduce_sum.3: f64[], reduce_sum.4: f64[]) -> f64[] {
  %reduce_sum.3 = f64[] parameter(0)
  %reduce_sum.4 = f64[] parameter(1)
  ROOT %reduce_sum.5 = f64[] add(%reduce_sum.3, %reduce_sum.4)
}

%wrapped_reduce-window_computation (param_0.4: f64[1000], param_1.8: f64[]) -> f64[32] {
  %param_0.4 = f64[1000]{0} parameter(0)
  %param_1.8 = f64[] parameter(1)
  ROOT %reduce-window.1 = f64[32]{0} reduce-window(%param_0.4, %param_1.8), window={size=32 stride=32 pad=12_12}, to_apply=%region_0.1
}

ENTRY %main.2 (mu.1: f64[], theta.1: f64[], signal.1: f64[1000], background.1: f64[1000], up.1: f64[1000], counts.1: f64[1000]) -> f64[] {
  %mu.1 = f64[] parameter(0)
  %theta.1 = f64[] parameter(1)
  %signal.1 = f64[1000]{0} parameter(2)
  %background.1 = f64[1000]{0} parameter(3)
  %up.1 = f64[1000]{0} parameter(4)
  %counts.1 = f64[1000]{0} parameter(5)
  %constant.3 = f64[] constant(0)
  %multiply_subtract_fusion = f64[1000]{0} fusion(%counts.1, %background.1, %up.1, %theta.1, %signal.1, /*index=5*/%mu.1), kind=kLoop, calls=%fused_computation.1
  %wrapped_reduce-window = f64[32]{0} fusion(%multiply_subtract_fusion, %constant.3), kind=kLoop, calls=%wrapped_reduce-window_computation
  ROOT %multiply_add_fusion = f64[] fusion(%theta.1, %wrapped_reduce-window), kind=kLoop, calls=%fused_computation
}"""
"""What XLA made of a -2 ln L with one nuisance parameter, on a CPU with JAX 0.12."""

LOOP = """\
HloModule jit_relax, is_scheduled=true, entry_computation_layout={(f64[1000]{0})->f64[1000]{0}}

%fused_computation (param_0.1: s64[], param_1.4: f64[1000]) -> f64[1000] {
  %param_1.4 = f64[1000]{0} parameter(1)
  %sin.4 = f64[1000]{0} sine(%param_1.4)
  %constant.12 = f64[] constant(2)
  %broadcast.4 = f64[1000]{0} broadcast(%constant.12), dimensions={}
  %mul.4 = f64[1000]{0} multiply(%sin.4, %broadcast.4)
  %param_0.1 = s64[] parameter(0)
  %convert_element_type.4 = f64[] convert(%param_0.1)
  %add.20 = f64[1000]{0} broadcast(%convert_element_type.4), dimensions={}
  ROOT %add.19 = f64[1000]{0} add(%mul.4, %add.20)
}

%wrapped_add_computation (param_0.2: s64[], param_1.5: s64[]) -> s64[] {
  %param_0.2 = s64[] parameter(0)
  %param_1.5 = s64[] parameter(1)
  ROOT %add.21 = s64[] add(%param_0.2, %param_1.5)
}

%region_0.1.clone (arg_tuple.6: (s64[], f64[1000])) -> (s64[], f64[1000]) {
  %arg_tuple.6 = (s64[], f64[1000]{0}) parameter(0)
  %constant.11 = s64[] constant(1)
  %get-tuple-element.42 = f64[1000]{0} get-tuple-element(%arg_tuple.6), index=1
  %get-tuple-element.41 = s64[] get-tuple-element(%arg_tuple.6), index=0
  %copy.2 = s64[] copy(%get-tuple-element.41)
  %broadcast_add_fusion = f64[1000]{0} fusion(%copy.2, %get-tuple-element.42), kind=kLoop, calls=%fused_computation
  %wrapped_add = s64[] fusion(%copy.2, %constant.11), kind=kLoop, calls=%wrapped_add_computation
  ROOT %tuple.12 = (s64[], f64[1000]{0}) tuple(%wrapped_add, %broadcast_add_fusion)
}

%wrapped_compare_computation (param_0.3: s64[], param_1.6: s64[]) -> pred[] {
  %param_0.3 = s64[] parameter(0)
  %param_1.6 = s64[] parameter(1)
  ROOT %lt.3 = pred[] compare(%param_0.3, %param_1.6), direction=LT
}

%region_1.2.clone (arg_tuple.5: (s64[], f64[1000])) -> pred[] {
  %arg_tuple.5 = (s64[], f64[1000]{0}) parameter(0)
  %constant.9 = s64[] constant(10)
  %get-tuple-element.32 = s64[] get-tuple-element(%arg_tuple.5), index=0
  ROOT %wrapped_compare = pred[] fusion(%get-tuple-element.32, %constant.9), kind=kLoop, calls=%wrapped_compare_computation
}

ENTRY %main.3 (x.1: f64[1000]) -> f64[1000] {
  %x.1 = f64[1000]{0} parameter(0)
  %constant.7 = s64[] constant(0)
  %copy.6 = f64[1000]{0} copy(%x.1)
  %copy.7 = s64[] copy(%constant.7)
  %tuple.10 = (s64[], f64[1000]{0}) tuple(%copy.7, %copy.6)
  %while.1 = (s64[], f64[1000]{0}) while(%tuple.10), condition=%region_1.2.clone, body=%region_0.1.clone
  ROOT %while.9 = f64[1000]{0} get-tuple-element(%while.1), index=1
}"""

TWO_RESULTS = """\
HloModule jit_pulls, is_scheduled=true

%fused_computation.1 (param_0.2: f32[50], param_1.2: f32[50]) -> (f32[50], f32[50]) {
  %param_0.2 = f32[50]{0} parameter(0)
  %param_1.2 = f32[50]{0} parameter(1)
  %sub.1 = f32[50]{0} subtract(%param_0.2, %param_1.2)
  %sqrt.1 = f32[50]{0} sqrt(%param_1.2)
  %div.1 = f32[50]{0} divide(%sub.1, %sqrt.1)
  %mul.1 = f32[50]{0} multiply(%div.1, %div.1)
  ROOT %tuple.2 = (f32[50]{0}, f32[50]{0}) tuple(%div.1, %mul.1)
}

%fused_computation (param_0.1: f32[50]) -> f32[50] {
  %param_0.1 = f32[50]{0} parameter(0)
  ROOT %neg.1 = f32[50]{0} negate(%param_0.1)
}

ENTRY %main.7 (counts.1: f32[50], expected.1: f32[50]) -> (f32[50], f32[50], f32[50]) {
  %counts.1 = f32[50]{0} parameter(0)
  %expected.1 = f32[50]{0} parameter(1)
  %divide_multiply_fusion = (f32[50]{0}, f32[50]{0}) fusion(%counts.1, %expected.1), kind=kInput, calls=%fused_computation.1
  %get-tuple-element.3 = f32[50]{0} get-tuple-element(%divide_multiply_fusion), index=0
  %get-tuple-element.4 = f32[50]{0} get-tuple-element(%divide_multiply_fusion), index=1
  %abs.1 = f32[50]{0} abs(%get-tuple-element.3)
  %negate_fusion = f32[50]{0} fusion(%get-tuple-element.4), kind=kOutput, calls=%fused_computation
  ROOT %tuple.3 = (f32[50]{0}, f32[50]{0}, f32[50]{0}) tuple(%get-tuple-element.3, %abs.1, %negate_fusion)
}"""

NO_FUSION = """\
HloModule jit_matmul, is_scheduled=true

ENTRY %main.2 (x.1: f64[30,30], y.1: f64[30,30]) -> f64[30,30] {
  %x.1 = f64[30,30]{1,0} parameter(0)
  %y.1 = f64[30,30]{1,0} parameter(1)
  ROOT %dot_general.1 = f64[30,30]{1,0} dot(%x.1, %y.1), lhs_contracting_dims={1}, rhs_contracting_dims={0}
}"""

SHARED = """\
HloModule jit_shared, entry_computation_layout={(f64[4]{0})->f64[4]{0}}

%fused (p: f64[4]) -> f64[4] {
  %p = f64[4]{0} parameter(0)
  %sine.1 = f64[4]{0} sine(%p)
  ROOT %multiply.1 = f64[4]{0} multiply(%sine.1, %p)
}

ENTRY %main.1 (x: f64[4]) -> f64[4] {
  %x = f64[4]{0} parameter(0)
  %first_fusion = f64[4]{0} fusion(%x), kind=kLoop, calls=%fused, metadata={op_name="jit(shared)/sin"}
  ROOT %second_fusion = f64[4]{0} fusion(%first_fusion), kind=kLoop, calls=%fused, metadata={op_name="jit(shared)/sin"}
}
"""
