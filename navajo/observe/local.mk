libnavajo_la_SOURCES += \
	%D%/log.cc \
	%D%/log.h \
	%D%/log_ids.def
