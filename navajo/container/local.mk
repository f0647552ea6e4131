libnavajo_la_SOURCES += \
	%D%/catalogue.h
