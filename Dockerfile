# JupyterLab with the course, its data and its weights. It needs no network once it is built:
#   docker build --tag cnn-lab-book .
#   docker run --rm --publish 127.0.0.1:8888:8888 cnn-lab-book
# The same image serves a JupyterHub: book/hub/values.yaml.
FROM python:3.12-slim-trixie

# The user and the home that JupyterHub's chart expects.
RUN useradd --create-home --uid 1000 jovyan
WORKDIR /opt/cnn-lab-book

# First what seldom changes: a changed chapter then installs nothing again.
COPY book/hub/requirements.txt book/hub/requirements.txt
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement book/hub/requirements.txt

COPY . .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable .

# What the chapters keep while they run lies beside the data, outside the home, which a hub mounts from elsewhere.
ENV LABKIT_CACHE=/opt/labkit-cache
RUN install --directory --owner=jovyan "$LABKIT_CACHE"
USER jovyan
# The photographs have to be asked for by name: 825 MB of cats and dogs, 54 of pedestrians. Where they cannot be had, or
# are left out with --build-arg PHOTOGRAPHS="", drawings take their place, and the chapters say so.
ARG PHOTOGRAPHS="cats-vs-dogs penn-fudan"
RUN python -m labkit data fetch && \
    for name in $PHOTOGRAPHS; do python -m labkit data fetch "$name" || echo "built without: $name"; done
# The last three: memory for large maps is kept from one step to the next (see Makefile).
ENV LABKIT_OFFLINE=1 \
    TF_CPP_MIN_LOG_LEVEL=3 \
    MALLOC_MMAP_THRESHOLD_=1073741824 \
    MALLOC_TRIM_THRESHOLD_=2147483647 \
    MALLOC_ARENA_MAX=1

EXPOSE 8888
ENTRYPOINT ["/opt/cnn-lab-book/book/hub/start"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser"]
