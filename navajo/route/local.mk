libnavajo_la_SOURCES += \
	%D%/backend_row.h \
	%D%/backend_table.h \
	%D%/router.h
