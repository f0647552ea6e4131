libnavajo_la_SOURCES += \
	%D%/key.h \
	%D%/limits.h \
	%D%/memory_observer.h
