libnavajo_la_SOURCES += \
	%D%/clock.cc \
	%D%/clock.h \
	%D%/count_allocations.h \
	%D%/current_value.cc \
	%D%/current_value.h \
	%D%/function_ref.h \
	%D%/random.cc \
	%D%/random.h \
	%D%/result.h
