import matplotlib.pyplot as plt
from sklearn.datasets import make_blobs

from mixtura import GaussianMixture

X, _ = make_blobs(n_samples=500, centers=3, random_state=42, cluster_std=[1.0, 1.5, 0.8])

gmm = GaussianMixture(n_components=3, covariance_type="full", random_state=42)
gmm.fit(X)
labels = gmm.predict(X)

plt.scatter(X[:, 0], X[:, 1], c=labels, s=30, cmap="viridis")
plt.scatter(gmm.means_[:, 0], gmm.means_[:, 1], c="red", marker="X", s=200)
plt.title("Gaussian mixture clustering")
plt.show()
